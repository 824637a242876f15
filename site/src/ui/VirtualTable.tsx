import { createVirtualizer } from "@tanstack/solid-virtual";
import { createEffect, For, type JSX, Show } from "solid-js";

const ROW_PX = 48;
const OVERSCAN = 10;
/** So far from the end of what is there the next page is asked for. */
const AHEAD = 30;

export interface VirtualColumn {
  readonly name: string;
  readonly class?: string;
}

/**
 * A table of any number of lines, all of one height: only those in sight are in the page, between two empty rows as high
 * as what is not. The head stays in sight, and so does a pinned line.
 */
export function VirtualTable<Row>(props: {
  readonly caption: string;
  readonly columns: readonly VirtualColumn[];
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  readonly onNearEnd: () => void;
  /** The cells of a line. */
  readonly children: (row: Row) => JSX.Element;
  readonly rowClass?: (row: Row) => string;
  readonly pinned?: JSX.Element;
}) {
  let scroller: HTMLElement | undefined;
  const lines = createVirtualizer({
    get count() {
      return props.rows.length;
    },
    getScrollElement: () => scroller ?? null,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  createEffect(() => {
    const last = lines.getVirtualItems().at(-1)?.index ?? 0;
    if (props.hasMore && last >= props.rows.length - AHEAD) props.onNearEnd();
  });
  const before = () => lines.getVirtualItems()[0]?.start ?? 0;
  const after = () => lines.getTotalSize() - (lines.getVirtualItems().at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      aria-label={props.caption}
      tabindex="0"
      class="max-h-[70vh] overflow-auto rounded-lg border border-line bg-surface"
    >
      <table
        class="w-full table-fixed text-left text-sm"
        aria-rowcount={props.hasMore ? -1 : props.rows.length + 1}
      >
        <caption class="sr-only">{props.caption}</caption>
        <thead class="sticky top-0 z-10 bg-surface text-xs text-soft shadow-[0_1px_0_var(--line)]">
          <tr>
            <For each={props.columns}>
              {(column) => <th class={`px-3 py-2 font-medium ${column.class ?? ""}`}>{column.name}</th>}
            </For>
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: `${before()}px` }} />
          <For each={lines.getVirtualItems()}>
            {(item) => (
              <Show when={props.rows[item.index]} keyed>
                {(row) => (
                  <tr
                    aria-rowindex={item.index + 2}
                    class={`border-b border-line [&>td]:truncate [&>td]:px-3 ${props.rowClass?.(row) ?? ""}`}
                    style={{ height: `${ROW_PX}px` }}
                  >
                    {props.children(row)}
                  </tr>
                )}
              </Show>
            )}
          </For>
          <tr style={{ height: `${after()}px` }} />
        </tbody>
        <Show when={props.pinned}>
          <tfoot class="sticky bottom-0 bg-accent-wash shadow-[0_-2px_0_var(--accent)]">
            <tr class="h-12 [&>td]:truncate [&>td]:px-3">{props.pinned}</tr>
          </tfoot>
        </Show>
      </table>
    </section>
  );
}
