import type { CompetitionDetails } from "@medforge/contracts/competitions";
import { createSignal, Show } from "solid-js";

import { createAction } from "../../lib/asked.ts";
import type { Answer } from "../../lib/precheck.ts";
import { createReading } from "../../lib/reading.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { FileInput } from "../../ui/FileInput.tsx";
import { ProblemNotice } from "../../ui/Notice.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Verdict } from "./Verdict.tsx";

/** A validation split of one's own: the same numbers as the server would give, computed here. */
export function MeasureOwn(props: { readonly competition: CompetitionDetails }) {
  const [file, setFile] = createSignal<File>();
  const [references, setReferences] = createSignal<readonly File[]>([]);
  const [answer, setAnswer] = createSignal<Answer>();
  const reading = createReading();
  const images = () => props.competition.task === "segmentation-nifti";
  const choosing = (choose: () => void) => {
    // What was measured was of other files.
    reading.cancel();
    setAnswer(undefined);
    choose();
  };
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
          onChoose={([first]) => choosing(() => setFile(first))}
        />
        <FileInput
          label={images() ? "References: all the <case>.nii.gz" : "References: a CSV"}
          accept={images() ? ".gz,.nii" : ".csv"}
          multiple={images()}
          onChoose={(chosen) => choosing(() => setReferences(chosen))}
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
