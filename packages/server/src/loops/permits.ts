/** At most so many at once; the others wait in order. */
export function permits(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The permit goes straight to the next in line.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
