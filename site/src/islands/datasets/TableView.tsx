import type { DatasetFile } from "@medforge/contracts/datasets";
import { For, onCleanup, Show } from "solid-js";

import { datasetFile } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { tableHead } from "../../lib/table-head.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";

const ROWS_MAX = 50;
const COLUMNS_MAX = 50;
const BYTES_MAX = 64 << 10;

/** The head of a table: of a file of any size only its beginning is fetched. */
export default function TableView(props: { readonly slug: string; readonly file: DatasetFile }) {
  const leave = new AbortController();
  onCleanup(() => leave.abort());
  const isWhole = () => props.file.bytes <= BYTES_MAX;
  const head = createAsked(async () => {
    const part = props.file.bytes === 0 ? {} : { firstBytes: BYTES_MAX };
    const response = await datasetFile(props.slug, props.file.path, { signal: leave.signal, ...part });
    return tableHead(new Uint8Array(await response.arrayBuffer()), {
      tabs: props.file.path.toLowerCase().endsWith(".tsv"),
      rowsMax: ROWS_MAX,
      isWhole: isWhole(),
    });
  });
  return (
    <Asked of={head}>
      {(known) => (
        <>
          <Show when={known().fault}>
            {(fault) => (
              <Notice tone="warn" title="It cannot be read beyond here">
                <p>
                  {fault().text} <span class="font-mono text-xs">{fault().code}</span>
                  <Show when={fault().row}>{(row) => <>, row {row()}</>}</Show>
                </p>
              </Notice>
            )}
          </Show>
          <Show when={known().header.length > 0} fallback={<Empty>There is no row in this table.</Empty>}>
            <p class="text-sm text-soft">
              {known().header.length} columns
              {known().header.length > COLUMNS_MAX ? `, the first ${COLUMNS_MAX} of them,` : ""} and the first{" "}
              {known().rows.length} rows, of {bytesText(props.file.bytes)}
            </p>
            <Table
              caption={`First rows of ${props.file.path}`}
              columns={known().header.slice(0, COLUMNS_MAX)}
            >
              <For each={known().rows}>
                {(row) => (
                  <tr>
                    <For each={row.slice(0, COLUMNS_MAX)}>
                      {(field) => (
                        <td class="max-w-64 truncate font-mono text-xs" title={field}>
                          {field}
                        </td>
                      )}
                    </For>
                  </tr>
                )}
              </For>
            </Table>
          </Show>
        </>
      )}
    </Asked>
  );
}
