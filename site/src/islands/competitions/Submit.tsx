import type { CompetitionDetails } from "@medforge/contracts/competitions";
import type { SubmissionReceipt } from "@medforge/contracts/submissions";
import { createSignal, onCleanup, Show } from "solid-js";

import { submitFile } from "../../lib/api.ts";
import { createAction, createLatest } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { createReading } from "../../lib/reading.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { FileInput } from "../../ui/FileInput.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Time } from "../../ui/Time.tsx";
import { CompetitionFrame } from "./competition.tsx";
import { MeasureOwn } from "./MeasureOwn.tsx";
import { Verdict } from "./Verdict.tsx";

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

function Submit(props: { readonly competition: CompetitionDetails; readonly onSent: () => void }) {
  const [file, setFile] = createSignal<File>();
  const [receipt, setReceipt] = createSignal<SubmissionReceipt>();
  const reading = createReading();
  const check = createLatest((chosen: File) => reading.read(props.competition, chosen, undefined));
  const choose = (chosen: File | undefined) => {
    setFile(chosen);
    setReceipt(undefined);
    reading.cancel();
    void check.ask(chosen);
  };
  const fits = () => {
    const now = check.answer();
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
        <Show when={check.answer()}>{(now) => <Verdict answer={now()} />}</Show>
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
  let controller = new AbortController();
  const cancel = () => controller.abort();
  // Another file was chosen: this one is not wanted any more.
  onCleanup(cancel);
  const send = createAction(async () => {
    controller = new AbortController();
    const from = performance.now();
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
          onCancel={cancel}
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
