import type { JSX } from "solid-js";

const TONES = {
  plain: "bg-sunken text-soft",
  accent: "bg-accent-wash text-accent",
  good: "bg-good-wash text-good",
  warn: "bg-warn-wash text-warn",
  bad: "bg-bad-wash text-bad",
  internal: "bg-internal-wash text-internal",
} as const;

export type Tone = keyof typeof TONES;

export function Badge(props: { readonly tone?: Tone; readonly children: JSX.Element }) {
  return (
    <span
      class={`inline-block rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[props.tone ?? "plain"]}`}
    >
      {props.children}
    </span>
  );
}
