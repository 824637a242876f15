import { answerInTurn } from "../answer-in-turn.ts";
import { createMeasuring } from "../measure.ts";

/** The scoring process, but slow enough to be killed in the middle. */

const measure = createMeasuring();
answerInTurn(async (asked) => {
  await Bun.sleep(5_000);
  return measure(asked);
});
