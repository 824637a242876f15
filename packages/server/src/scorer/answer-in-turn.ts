import type { Answered, Asked } from "./messages.ts";

/** What a scoring process is asked by `process.ts`, answered one after the other in the order of asking. */
export function answerInTurn(answer: (asked: Asked) => Promise<Answered>): void {
  let last = Promise.resolve();
  process.on("message", (asked: Asked) => {
    last = last.then(async () => {
      const answered = await answer(asked);
      process.send?.({ ...answered, residentBytes: process.memoryUsage.rss() });
    });
  });
}
