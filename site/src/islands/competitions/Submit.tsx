import type { CompetitionDetails } from "@medforge/contracts/competitions";
import type { SubmissionReceipt } from "@medforge/contracts/submissions";
import type { Fault, ScoreReport } from "@medforge/scoring";
import { createSignal, For, Match, onCleanup, Show, Switch } from "solid-js";

import { askPublicText, submitFile } from "../../lib/api.ts";
import { createAction } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { type References, type Running, runPrecheck, type WorkerSays } from "../../lib/precheck.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { CompetitionFrame } from "./competition.tsx";

export function SubmitPage() {
  return (
    <CompetitionFrame>
      {(competition, asked) => (
        <Show
          when={competition().retired_at === null}
          fallback={<Notice tone="warn">This competition is closed: it takes no more submissions.</Notice>}
        >
          <div class="grid gap-6">
            <Submit competition={competition()} onSent={() => void asked.again()} />
            <MeasureOwn competition={competition()} />
          </div>
        </Show>
      )}
    </CompetitionFrame>
  );
}

type Answer = Exclude<WorkerSays, { is: "progress" }>;

/** Reads a file in a worker and follows how far it is; one at a time. */
function createReading() {
  const [progress, setProgress] = createSignal<{ readonly done: number; readonly total: number }>();
  const [running, setRunning] = createSignal<Running>();
  const cancel = () => running()?.cancel();
  onCleanup(cancel);
  return {
    progress,
    busy: () => running() !== undefined,
    cancel,
    read: async (
      competition: CompetitionDetails,
      file: File,
      references: References | undefined,
    ): Promise<Answer> => {
      const [manifest, ids, geometry] = await Promise.all([
        askPublicText(competition.slug, "competition.json"),
        askPublicText(competition.slug, "ids.csv"),
        competition.task === "segmentation-nifti"
          ? askPublicText(competition.slug, "geometry.json")
          : undefined,
      ]);
      const reading = runPrecheck({ manifest, ids, geometry, file, references }, (done, total) =>
        setProgress({ done, total }),
      );
      setRunning(reading);
      try {
        return await reading.answer;
      } finally {
        setRunning(undefined);
        setProgress(undefined);
      }
    },
  };
}

function Submit(props: { readonly competition: CompetitionDetails; readonly onSent: () => void }) {
  const [file, setFile] = createSignal<File>();
  const [answer, setAnswer] = createSignal<Answer>();
  const [receipt, setReceipt] = createSignal<SubmissionReceipt>();
  const reading = createReading();
  const check = createAction(async (chosen: File) => {
    setAnswer(undefined);
    setAnswer(await reading.read(props.competition, chosen, undefined));
  });
  const choose = (chosen: File | undefined) => {
    setFile(chosen);
    setReceipt(undefined);
    setAnswer(undefined);
    if (chosen !== undefined) void check.run(chosen);
  };
  const fits = () => {
    const now = answer();
    return now?.is === "checked" && now.result.ok;
  };
  return (
    <Card title="Submit">
      <div class="grid gap-4">
        <p class="text-sm text-soft">
          The file is checked here, on your machine, before a byte of it is sent: a file that is refused costs
          no attempt. You have {props.competition.remaining_today} of{" "}
          {props.competition.submissions_per_day_max} left until <Time at={props.competition.resets_at} />.
        </p>
        <FileInput
          label={props.competition.task === "segmentation-nifti" ? "A zip of <case>.nii.gz" : "A CSV file"}
          accept={props.competition.task === "segmentation-nifti" ? ".zip" : ".csv"}
          onChoose={([first]) => choose(first)}
        />
        <Show when={check.busy()}>
          <Progress text="Checking" progress={reading.progress()} onCancel={reading.cancel} />
        </Show>
        <ProblemNotice problem={check.problem()} />
        <Show when={answer()}>{(now) => <Verdict answer={now()} />}</Show>
        <Show when={fits() && file()}>
          {(fit) => (
            <Send
              competition={props.competition}
              file={fit()}
              onSent={(sent) => {
                setReceipt(sent);
                props.onSent();
              }}
            />
          )}
        </Show>
        <Show when={receipt()}>{(sent) => <Receipt competition={props.competition} receipt={sent()} />}</Show>
      </div>
    </Card>
  );
}

function Verdict(props: { readonly answer: Answer }) {
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

function Send(props: {
  readonly competition: CompetitionDetails;
  readonly file: File;
  readonly onSent: (receipt: SubmissionReceipt) => void;
}) {
  const [sent, setSent] = createSignal<{
    readonly done: number;
    readonly total: number;
    readonly perS: number;
  }>();
  const [cancelled, setCancelled] = createSignal<AbortController>();
  const send = createAction(async () => {
    const controller = new AbortController();
    const from = performance.now();
    setCancelled(controller);
    try {
      const receipt = await submitFile(props.competition.slug, props.file, {
        signal: controller.signal,
        onProgress: (done, total) =>
          setSent({ done, total, perS: (1000 * done) / (performance.now() - from) }),
      });
      props.onSent(receipt);
    } finally {
      setSent(undefined);
    }
  });
  return (
    <div class="grid gap-3">
      <Show when={send.busy()}>
        <Progress
          text={
            sent() === undefined
              ? "Sending"
              : `${bytesText(sent()?.done ?? 0)} of ${bytesText(sent()?.total ?? 0)}, ${bytesText(sent()?.perS ?? 0)}/s`
          }
          progress={sent()}
          onCancel={() => cancelled()?.abort()}
        />
      </Show>
      <ProblemNotice problem={send.problem()} />
      <div>
        <Button kind="primary" busy={send.busy()} onClick={() => void send.run()}>
          {send.problem() === undefined ? `Submit ${props.file.name}` : "Try again"}
        </Button>
      </div>
    </div>
  );
}

function Receipt(props: { readonly competition: CompetitionDetails; readonly receipt: SubmissionReceipt }) {
  return (
    <Notice
      tone="good"
      title={
        props.receipt.identical_to === null
          ? "It waits to be scored"
          : "You have sent these very bytes before"
      }
    >
      <p>
        <Show
          when={props.receipt.identical_to !== null}
          fallback={`${props.receipt.remaining_today} left today.`}
        >
          Nothing new was queued and no attempt used
          {props.receipt.submission.score === null
            ? "."
            : `: the score is ${props.receipt.submission.score}.`}
        </Show>{" "}
        <a href={`/competitions/${props.competition.slug}/history/`}>Follow it among your submissions</a>.
      </p>
    </Notice>
  );
}

/** A validation split of one's own: the same numbers as the server would give, computed here. */
function MeasureOwn(props: { readonly competition: CompetitionDetails }) {
  const [file, setFile] = createSignal<File>();
  const [references, setReferences] = createSignal<readonly File[]>([]);
  const [answer, setAnswer] = createSignal<Answer>();
  const reading = createReading();
  const images = () => props.competition.task === "segmentation-nifti";
  const measure = createAction(async () => {
    const [chosen, own] = [file(), references()];
    const [first] = own;
    if (chosen === undefined || first === undefined) return;
    setAnswer(undefined);
    setAnswer(await reading.read(props.competition, chosen, images() ? { masks: own } : { table: first }));
  });
  return (
    <Card title="Measure on references of your own">
      <div class="grid gap-4">
        <p class="text-sm text-soft">
          With a part of the training data that you kept aside: the metrics of this competition, to the last
          bit as the server computes them. Nothing is sent.
        </p>
        <FileInput
          label={
            images() ? "Predictions: a zip of <case>.nii.gz" : "Predictions: a CSV as you would submit it"
          }
          accept={images() ? ".zip" : ".csv"}
          onChoose={([first]) => setFile(first)}
        />
        <FileInput
          label={images() ? "References: all the <case>.nii.gz" : "References: a CSV"}
          accept={images() ? ".gz,.nii" : ".csv"}
          multiple={images()}
          onChoose={setReferences}
        />
        <Show when={measure.busy()}>
          <Progress text="Measuring" progress={reading.progress()} onCancel={reading.cancel} />
        </Show>
        <ProblemNotice problem={measure.problem()} />
        <Show when={answer()}>{(now) => <Verdict answer={now()} />}</Show>
        <div>
          <Button
            busy={measure.busy()}
            disabled={file() === undefined || references().length === 0}
            onClick={() => void measure.run()}
          >
            Measure
          </Button>
        </div>
      </div>
    </Card>
  );
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

function FileInput(props: {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean;
  readonly onChoose: (files: readonly File[]) => void;
}) {
  return (
    <label class="grid gap-1 text-sm font-medium">
      {props.label}
      <input
        type="file"
        accept={props.accept}
        multiple={props.multiple === true}
        class="max-w-full rounded-md border border-line bg-surface p-2 text-sm font-normal file:mr-3 file:rounded file:border-0 file:bg-sunken file:px-3 file:py-1 file:text-ink"
        onChange={(event) => props.onChoose([...(event.currentTarget.files ?? [])])}
      />
    </label>
  );
}

function Progress(props: {
  readonly text: string;
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  readonly onCancel: () => void;
}) {
  return (
    <div class="flex flex-wrap items-center gap-3 text-sm">
      <Show when={props.progress} fallback={<progress class="h-2 grow" aria-label={props.text} />}>
        {(now) => <progress class="h-2 grow" max={now().total} value={now().done} aria-label={props.text} />}
      </Show>
      <span class="text-soft">{props.text}</span>
      <Button onClick={props.onCancel}>Cancel</Button>
    </div>
  );
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
