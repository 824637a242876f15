/**
 * Asks again and again until the answer is neither undefined nor false.
 * @throws Error naming what was waited for, with the last failure
 */
export async function until<T>(
  what: string,
  msMax: number,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  pauseMs = 20,
): Promise<T> {
  const giveUpAt = performance.now() + msMax;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= giveUpAt) {
      throw new Error(`waited ${msMax} ms in vain for ${what}`, { cause: last });
    }
    await Bun.sleep(pauseMs);
  }
}
