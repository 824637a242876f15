import type { CompetitionDetails } from "@medforge/contracts/competitions";
import { createSignal, onCleanup } from "solid-js";

import { askPublicText } from "./api.ts";
import { type Answer, type References, runPrecheck } from "./precheck.ts";

const CANCELLED: Answer = { is: "failed", code: "cancelled", faults: [] };

/** Reads a file in a worker and follows how far it is; one at a time. */
export function createReading() {
  const [progress, setProgress] = createSignal<{ readonly done: number; readonly total: number }>();
  let stop = () => {};
  const cancel = () => stop();
  onCleanup(cancel);
  return {
    progress,
    cancel,
    /** @throws ApiProblem when the competition's public files cannot be had */
    read: async (
      competition: CompetitionDetails,
      file: File,
      references: References | undefined,
    ): Promise<Answer> => {
      let stopped = false;
      stop = () => {
        stopped = true;
      };
      const [manifest, ids, geometry] = await Promise.all([
        askPublicText(competition.slug, "competition.json"),
        askPublicText(competition.slug, "ids.csv"),
        competition.task === "segmentation-nifti"
          ? askPublicText(competition.slug, "geometry.json")
          : undefined,
      ]);
      if (stopped) return CANCELLED;
      const reading = runPrecheck({ manifest, ids, geometry, file, references }, (done, total) =>
        setProgress({ done, total }),
      );
      stop = reading.cancel;
      try {
        return await reading.answer;
      } finally {
        setProgress(undefined);
      }
    },
  };
}
