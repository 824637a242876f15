import { createSignal, For, Match, Show, Switch } from "solid-js";

import { api, ask, askCompetitionCheck, askCompetitionImport, askPage, pageAt } from "../../lib/api.ts";
import { createAction, createLatest, createPages } from "../../lib/asked.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { FileInput } from "../../ui/FileInput.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

export function Competitions() {
  const competitions = createPages((cursor) => askPage(api.admin.competitions.get(pageAt(cursor))));
  const rescore = async (slug: string) => {
    await ask(api.admin.competitions({ slug }).rescore.post({}));
    await competitions.again();
  };
  const retire = async (slug: string) => {
    await ask(api.admin.competitions({ slug }).retire.post());
    await competitions.again();
  };
  return (
    <AdminFrame>
      <AskedList
        of={competitions}
        empty="None yet. Import a bundle below, or with `./medforge competition import` on the host."
      >
        {(items) => (
          <Table caption="Competitions" columns={["Competition", "Portal", "Versions", "State", ""]}>
            <For each={items()}>
              {(competition) => (
                <tr>
                  <td>
                    {competition.title} <span class="font-mono text-xs text-soft">{competition.slug}</span>
                  </td>
                  <td>{competition.exposure.toLowerCase()}</td>
                  <td class="font-mono text-xs">{competition.metric_versions}</td>
                  <td>
                    <Switch fallback={<Badge tone="good">open</Badge>}>
                      <Match when={competition.retired_at !== null}>
                        <Badge>retired</Badge>
                      </Match>
                      <Match when={competition.rescoring}>
                        <Badge tone="warn">scoring again</Badge>
                      </Match>
                    </Switch>
                  </td>
                  <td>
                    <Show when={competition.retired_at === null}>
                      <span class="flex flex-wrap gap-2">
                        <Confirm
                          button="Score again"
                          title={`Score every submission of ${competition.title} again?`}
                          yes="Score again"
                          act={() => rescore(competition.slug)}
                        >
                          The board goes on showing the old scores and switches at once when all are there.
                        </Confirm>
                        <Confirm
                          button="Retire"
                          kind="danger"
                          title={`Retire ${competition.title}?`}
                          typed={competition.slug}
                          yes="Retire it"
                          act={() => retire(competition.slug)}
                        >
                          It takes no more submissions; the board stays.
                        </Confirm>
                      </span>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
      <Bundle onImported={() => void competitions.again()} />
    </AdminFrame>
  );
}

/** First what an import would do, then the import: a bundle is never taken unseen. */
function Bundle(props: { readonly onImported: () => void }) {
  const [file, setFile] = createSignal<File>();
  const [imported, setImported] = createSignal<Awaited<ReturnType<typeof askCompetitionImport>>>();
  const check = createLatest(askCompetitionCheck);
  const bringIn = createAction(async (bundle: File) => {
    setImported(await askCompetitionImport(bundle));
    props.onImported();
  });
  return (
    <Card title="Import a bundle">
      <div class="grid gap-4">
        <FileInput
          label="A zip of the bundle"
          accept=".zip"
          onChoose={([chosen]) => {
            setFile(chosen);
            setImported(undefined);
            bringIn.clear();
            void check.ask(chosen);
          }}
        />
        <Show when={check.busy()}>
          <p role="status" class="text-sm text-soft">
            Checking: every file is read, and the sample submission and a perfect one are scored …
          </p>
        </Show>
        <ProblemNotice problem={check.problem() ?? bringIn.problem()} />
        <Show when={check.answer()}>
          {(found) => (
            <Notice tone="good" title={`${found().title}: nothing wrong with it`}>
              <p>
                {found().cases} cases, {found().task}, on the {found().exposure.toLowerCase()} portal.
              </p>
              <ul class="mt-1 list-disc pl-5">
                <For each={found().board}>
                  {(line) => (
                    <li>
                      {line.entry === "perfect" ? "A perfect submission" : "The sample submission"} scores{" "}
                      <strong>{line.score}</strong>
                    </li>
                  )}
                </For>
                <For each={found().notices}>{(notice) => <li>{notice}</li>}</For>
              </ul>
            </Notice>
          )}
        </Show>
        <Show when={imported()}>
          {(done) => (
            <Notice tone="good" title={`${done().competition.title}: ${done().change}`}>
              <For each={done().notices}>{(notice) => <p>{notice}</p>}</For>
            </Notice>
          )}
        </Show>
        <Show when={check.answer() !== undefined && file()}>
          {(bundle) => (
            <div>
              <Button kind="primary" busy={bringIn.busy()} onClick={() => void bringIn.run(bundle())}>
                Import it
              </Button>
            </div>
          )}
        </Show>
      </div>
    </Card>
  );
}
