import { writeZip } from "@medforge/scoring";

import type { Chance } from "../../simulation/chance.ts";

/** Files as no program should write them, made of a valid one; the same chance makes the same ones. */

const NASTY = [
  "NaN",
  "inf",
  "-1",
  "1e309",
  "",
  "0x10",
  "١",
  '"',
  "\ufeff",
  "\0",
  ";",
  "\r",
  "=1+1",
  "../x",
  "1 999999999999",
  "9".repeat(400),
];

export function damagedTable(table: string, chance: Chance): Uint8Array {
  const rows = table.trimEnd().split("\n");
  for (let left = 1 + chance.below(3); left > 0; left--) damageRow(rows, chance);
  const bytes = new TextEncoder().encode(`${rows.join("\n")}\n`);
  return chance.below(6) === 0 ? damagedBytes(bytes, chance) : bytes;
}

function damageRow(rows: string[], chance: Chance): void {
  const at = chance.below(rows.length);
  const row = rows[at] ?? "";
  switch (chance.below(8)) {
    case 0:
      rows.splice(at, 1);
      return;
    case 1:
      rows.splice(chance.below(rows.length), 0, row);
      return;
    case 2:
      rows.push(rows.splice(at, 1)[0] ?? "");
      return;
    case 3:
      rows[at] = `${row},${chance.pick(NASTY)}`;
      return;
    default: {
      const cells = row.split(",");
      // Most of what is wrong is wrong in one place, and much is wrong in no place that can be seen.
      const other = chance.below(4) === 0 ? chance.pick(NASTY) : String(1 + chance.below(900));
      cells[at === 0 ? 0 : Math.max(1, chance.below(cells.length))] = other ?? "";
      rows[at] = cells.join(",");
    }
  }
}

/** Entries that are missing, renamed, more than one should be, or damaged; then the archive's own bytes. */
export function damagedArchive(files: Readonly<Record<string, Uint8Array>>, chance: Chance): Uint8Array {
  const damaged: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(files)) {
    const fate = chance.below(8);
    if (fate === 0) continue;
    const renamed = fate === 1 ? `${chance.pick(["../", "/", "x/", "C:", "__MACOSX/"])}${name}` : name;
    damaged[renamed] = fate < 5 ? damagedBytes(bytes, chance) : bytes;
    if (fate === 7) damaged[`${chance.below(1000)}.nii.gz`] = bytes;
  }
  const archive = writeZip(damaged);
  return chance.below(3) === 0 ? damagedBytes(archive, chance) : archive;
}

function damagedBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  for (let left = 1 + chance.below(8); left > 0; left--)
    damaged[chance.below(damaged.length)] = chance.below(256);
  return chance.below(3) === 0 ? damaged.subarray(0, chance.below(damaged.length + 1)) : damaged;
}
