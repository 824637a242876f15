import type { Fault, Precheck, ScoreReport } from "@medforge/scoring";

/** What the page and the worker that reads files say to each other. */

/** References of the participant's own, for a validation split: a table, or one NIfTI mask a case. */
export type References = { readonly table: Blob } | { readonly masks: readonly File[] };

export interface PrecheckWish {
  /** Texts of the competition's public files. */
  readonly manifest: string;
  readonly ids: string;
  readonly geometry: string | undefined;
  readonly file: File;
  /** Present: measure against these instead of judging the file for submission. */
  readonly references: References | undefined;
}

export type WorkerSays =
  | { readonly is: "progress"; readonly done: number; readonly total: number }
  | { readonly is: "checked"; readonly result: Precheck }
  | { readonly is: "scored"; readonly report: ScoreReport }
  | { readonly is: "failed"; readonly code: string; readonly faults: readonly Fault[] }
  | { readonly is: "broken"; readonly why: string };

export type Answer = Exclude<WorkerSays, { is: "progress" | "broken" }>;

export interface Running {
  /** @throws Error when reading broke off, as when the file was changed meanwhile */
  readonly answer: Promise<Answer>;
  readonly cancel: () => void;
}

/** Reads the file in a worker of its own, which ends with the answer. Nothing is sent anywhere. */
export function runPrecheck(wish: PrecheckWish, onProgress: (done: number, total: number) => void): Running {
  const worker = new Worker(new URL("./precheck-worker.ts", import.meta.url), { type: "module" });
  const answer = Promise.withResolvers<Answer>();
  worker.onmessage = ({ data }: MessageEvent<WorkerSays>) => {
    if (data.is === "progress") return onProgress(data.done, data.total);
    worker.terminate();
    if (data.is === "broken") answer.reject(new Error(data.why));
    else answer.resolve(data);
  };
  worker.onerror = (event) => {
    worker.terminate();
    // Without a message its script could not be loaded.
    answer.reject(new Error(event.message ?? "The checking program could not be loaded"));
  };
  worker.postMessage(wish);
  return {
    answer: answer.promise,
    // At once, whatever it computes: it holds nothing that another one would need.
    cancel: () => {
      worker.terminate();
      answer.resolve({ is: "failed", code: "cancelled", faults: [] });
    },
  };
}
