import { binaryColumn, finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { ascendingOrder, denseRanks } from "../statistics/order.ts";
import { earlierRanks, isEventTurn, type Queue, turnEnd } from "../statistics/turns.ts";

export const cIndexFacts: MetricFacts = {
  name: "c-index",
  version: "c-index-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Harrell's C: share of comparable pairs in which the earlier event has the higher risk, tied risks counting one " +
    "half. A pair is comparable if i has an event and t_i < t_j, or t_i = t_j and j is censored.",
  empty: "No rows: an error. No comparable pair: NaN.",
  source: "Harrell et al., JAMA 247 (1982) 2543–2546.",
};

export interface ConcordanceCounts {
  readonly concordant: number;
  readonly discordant: number;
  readonly tiedRisk: number;
  readonly comparable: number;
}

/**
 * Counts the pairs. `events` is 1 for an event and 0 for a censored row; a high `risks` means an early event.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `too_large`.
 */
export function concordance(times: Numbers, events: Numbers, risks: Numbers): ConcordanceCounts {
  sameLength(times, events, "events");
  sameLength(times, risks, "risks");
  const time = finiteColumn(times, "times");
  const risk = denseRanks(finiteColumn(risks, "risks"));
  const happened = binaryColumn(events, "events");
  if (happened.length > 1e8) {
    throw new ScoringError("too_large", "More than 100,000,000 rows.", { argument: "times" });
  }
  const line = queue(time, happened, risk.ranks);
  let comparable = 0;
  for (let start = 0; start < line.turns.length; ) {
    const end = turnEnd(line.turns, start);
    if (isEventTurn(line.turns[start] as number)) comparable += (end - start) * start;
    start = end;
  }
  const { smaller, equal } = earlierRanks(line, risk.distinct);
  return { concordant: smaller, discordant: comparable - smaller - equal, tiedRisk: equal, comparable };
}

/** Harrell's C. Same arguments and errors as `concordance`. */
export function cIndex(times: Numbers, events: Numbers, risks: Numbers): number {
  const { concordant, tiedRisk, comparable } = concordance(times, events, risks);
  return (concordant + tiedRisk / 2) / comparable;
}

/** Everyone from the latest time to the earliest; at one time the censored come before the events. */
function queue(time: Float64Array, happened: Uint8Array, ranks: Uint32Array): Queue {
  const n = time.length;
  const order = ascendingOrder(time);
  const turns = new Uint32Array(n);
  const line = new Uint32Array(n);
  let at = 0;
  let turn = 0;
  for (let end = n; end > 0; turn += 2) {
    const now = time[order[end - 1] as number];
    let start = end;
    let censored = 0;
    while (start > 0 && time[order[start - 1] as number] === now) {
      start -= 1;
      censored += 1 - (happened[order[start] as number] as number);
    }
    let next = at;
    let nextEvent = at + censored;
    for (let i = start; i < end; i++) {
      const row = order[i] as number;
      const event = happened[row] as number;
      const place = event === 1 ? nextEvent++ : next++;
      line[place] = ranks[row] as number;
      turns[place] = turn + event;
    }
    at += end - start;
    end = start;
  }
  return { turns, ranks: line };
}
