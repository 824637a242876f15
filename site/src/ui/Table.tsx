import { For, type JSX } from "solid-js";

/** Scrolls sideways in itself where it is wider than the page: the page never does. */
export function Table(props: {
  readonly caption: string;
  readonly columns: readonly JSX.Element[];
  readonly children: JSX.Element;
}) {
  return (
    <section
      aria-label={props.caption}
      tabindex="0"
      class="overflow-x-auto rounded-lg border border-line bg-surface"
    >
      <table class="w-full text-left text-sm">
        <caption class="sr-only">{props.caption}</caption>
        <thead class="border-b border-line text-xs text-soft">
          <tr>
            <For each={props.columns}>
              {(column) => <th class="px-3 py-2 font-medium whitespace-nowrap">{column}</th>}
            </For>
          </tr>
        </thead>
        <tbody class="divide-y divide-line [&_td]:px-3 [&_td]:py-2">{props.children}</tbody>
      </table>
    </section>
  );
}
