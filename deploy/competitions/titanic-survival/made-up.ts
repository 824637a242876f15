import { type SeededRandom, seededRandom } from "@medforge/scoring/statistics/random";

import { csv } from "../src/csv.ts";
import type { Files } from "../src/source.ts";
import { type Column, columns, withoutLabel } from "./columns.ts";

const familyNames = [
  "Ashgrove",
  "Bellweather",
  "Corrow",
  "Dunmere",
  "Eastley",
  "Fennimor",
  "Garrowby",
  "Hale",
];
const firstNames = {
  female: ["Ada", "Beryl", "Clara", "Dora", "Edith", "Flora"],
  male: ["Albin", "Bertram", "Cyril", "Duncan", "Edgar", "Fergus"],
};
/** Of a hundred: as unlike one another as the real rates are, so that a model has something to find. */
const survivorsPercent = { female: [92, 86, 52], male: [38, 20, 15] };
const farePounds = [60, 20, 9];
const childBonusPercent = 25;

/** Kaggle's two files with passengers who never lived; the same on every machine. */
export function madeUpPassengers(labelled = 891, unlabelled = 418): Files {
  const random = seededRandom("titanic-survival/made-up");
  const rows = Array.from({ length: labelled + unlabelled }, (_, at) => passenger(at + 1, random));
  const fields = (header: readonly string[]) => (row: Readonly<Record<string, string | number>>) =>
    header.map((name) => row[name] ?? "");
  return {
    "train.csv": csv(columns, rows.slice(0, labelled).map(fields(columns))),
    "test.csv": csv(withoutLabel, rows.slice(labelled).map(fields(withoutLabel))),
  };
}

function passenger(id: number, random: SeededRandom): Record<Column, string | number> {
  const chance = (percent: number) => random.below(100) < percent;
  const pick = <Value>(list: readonly Value[]) => list[random.below(list.length)] as Value;
  const travelClass = pick([0, 0, 1, 2, 2, 2]);
  const sex = chance(35) ? "female" : "male";
  const age = 1 + random.below(40) + random.below(35);
  const fare = (farePounds[travelClass] ?? 0) + random.below(10 * (3 - travelClass));
  const rate = (survivorsPercent[sex][travelClass] ?? 0) + (age < 12 ? childBonusPercent : 0);
  const title = sex === "male" ? (age < 15 ? "Master" : "Mr") : age < 18 || chance(40) ? "Miss" : "Mrs";
  const cabin = `${"ABCDE".charAt(random.below(5))}${1 + random.below(120)}`;
  return {
    PassengerId: id,
    Survived: chance(rate) ? 1 : 0,
    Pclass: travelClass + 1,
    Name: `${pick(familyNames)}, ${title}. ${pick(firstNames[sex])}`,
    Sex: sex,
    Age: chance(80) ? age : "",
    SibSp: pick([0, 0, 0, 1, 1, 2]),
    Parch: pick([0, 0, 0, 0, 1, 2]),
    Ticket: 100_000 + random.below(300_000),
    Fare: `${fare}.${pick(["00", "25", "50", "75"])}`,
    Cabin: travelClass === 0 && chance(75) ? cabin : "",
    Embarked: pick(["S", "S", "S", "S", "C", "Q"]),
  };
}
