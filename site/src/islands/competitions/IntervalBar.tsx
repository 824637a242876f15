import type { LeaderboardLine } from "@medforge/contracts/leaderboard";

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The scores that all bars of a board are drawn over. */
export function spanOf(lines: readonly LeaderboardLine[]): Interval {
  const lows = lines.map(({ interval, score }) => interval?.low ?? score);
  const highs = lines.map(({ interval, score }) => interval?.high ?? score);
  const low = lows.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = highs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 };
}

/** A 95 % interval with its score, on the scale of the whole board. */
export function IntervalBar(props: {
  readonly interval: Interval;
  readonly score: number;
  readonly span: Interval;
  readonly decimals: number;
}) {
  const x = (value: number) =>
    (100 * Math.min(Math.max(value - props.span.low, 0), props.span.high - props.span.low)) /
    (props.span.high - props.span.low);
  const text = () =>
    `${props.interval.low.toFixed(props.decimals)} to ${props.interval.high.toFixed(props.decimals)}`;
  return (
    <svg
      viewBox="-3 0 106 12"
      preserveAspectRatio="none"
      class="h-3 w-full text-accent"
      role="img"
      aria-label={text()}
    >
      <title>{text()}</title>
      <line
        x1={x(props.interval.low)}
        x2={x(props.interval.high)}
        y1="6"
        y2="6"
        stroke="currentColor"
        stroke-width="2"
      />
      <rect x={x(props.score) - 1.2} y="1" width="2.4" height="10" fill="currentColor" />
    </svg>
  );
}
