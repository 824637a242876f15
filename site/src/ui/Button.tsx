import { type JSX, splitProps } from "solid-js";

const KINDS = {
  primary: "bg-accent text-accent-ink hover:opacity-90",
  plain: "border border-line bg-surface text-ink hover:bg-sunken",
  danger: "border border-bad text-bad hover:bg-bad-wash",
  quiet: "text-soft hover:bg-sunken hover:text-ink",
} as const;

const SHAPE =
  "inline-flex min-h-9 items-center justify-center gap-2 rounded-md px-3 py-1.5 text-sm font-medium no-underline hover:no-underline disabled:cursor-not-allowed disabled:opacity-50";

export type ButtonKind = keyof typeof KINDS;

export function Button(
  props: JSX.ButtonHTMLAttributes<HTMLButtonElement> & {
    readonly kind?: ButtonKind;
    readonly busy?: boolean;
  },
) {
  const [own, rest] = splitProps(props, ["kind", "busy", "class", "disabled"]);
  return (
    <button
      type="button"
      {...rest}
      disabled={own.disabled === true || own.busy === true}
      aria-busy={own.busy === true}
      class={`${SHAPE} ${KINDS[own.kind ?? "plain"]} ${own.class ?? ""}`}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink(
  props: JSX.AnchorHTMLAttributes<HTMLAnchorElement> & { readonly kind?: ButtonKind },
) {
  const [own, rest] = splitProps(props, ["kind", "class"]);
  return <a {...rest} class={`${SHAPE} ${KINDS[own.kind ?? "plain"]} ${own.class ?? ""}`} />;
}
