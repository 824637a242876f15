import type { Fault, ScoreReport } from "@medforge/scoring";
import { For, Match, Show, Switch } from "solid-js";

import type { Answer } from "../../lib/precheck.ts";
import { Notice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";

/** What reading a file found: faults with their places, or the scores. */
export function Verdict(props: { readonly answer: Answer }) {
  return (
    <Switch>
      <Match when={props.answer.is === "checked" && props.answer}>
        {(checked) => (
          <div class="grid gap-3">
            <Show
              when={checked().result.ok}
              fallback={
                <Notice
                  tone="bad"
                  title={`${count(checked().result.faultsTotal, "fault")}: not fit to be sent`}
                >
                  Mend them and choose the file again.
                </Notice>
              }
            >
              <Notice tone="good" title="Fit to be sent">
                {count(checked().result.entries, "entry", "entries")} checked against the public ids.
              </Notice>
            </Show>
            <Faults caption="Faults" faults={checked().result.faults} total={checked().result.faultsTotal} />
            <Faults
              caption="Warnings"
              faults={checked().result.warnings}
              total={checked().result.warningsTotal}
            />
          </div>
        )}
      </Match>
      <Match when={props.answer.is === "scored" && props.answer}>
        {(scored) => <Report report={scored().report} />}
      </Match>
      <Match when={props.answer.is === "failed" && props.answer}>
        {(failed) => (
          <Show when={failed().code !== "cancelled"} fallback={<Notice>Cancelled.</Notice>}>
            <Notice tone="bad" title="It could not be measured" />
            <Faults caption="Faults" faults={failed().faults} total={failed().faults.length} />
          </Show>
        )}
      </Match>
    </Switch>
  );
}

/** Every fault with its place: the same codes as on the server and in the command line. */
function Faults(props: {
  readonly caption: string;
  readonly faults: readonly Fault[];
  readonly total: number;
}) {
  return (
    <Show when={props.faults.length > 0}>
      <Table caption={props.caption} columns={["Where", "What", "Code"]}>
        <For each={props.faults}>
          {(fault) => (
            <tr>
              <td class="font-mono text-xs">{placeOf(fault)}</td>
              <td>{fault.message}</td>
              <td class="font-mono text-xs">{fault.code}</td>
            </tr>
          )}
        </For>
      </Table>
      <Show when={props.total > props.faults.length}>
        <p class="text-sm text-soft">
          The first {props.faults.length} of {props.total}.
        </p>
      </Show>
    </Show>
  );
}

function placeOf({ where }: Fault): string {
  return Object.entries(where)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function Report(props: { readonly report: ScoreReport }) {
  return (
    <Table caption="Scores" columns={["Metric", "Version", "Value"]}>
      <For each={props.report.components}>
        {(component) => (
          <tr>
            <td>{component.key}</td>
            <td class="font-mono text-xs">{component.version}</td>
            <td class="font-mono">{component.value ?? "not a finite number"}</td>
          </tr>
        )}
      </For>
    </Table>
  );
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
