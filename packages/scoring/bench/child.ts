/** Runs a program to its end. @returns what it printed, which is JSON. */
export async function child<Answer>(argv: string[], input = ""): Promise<Answer> {
  const run = Bun.spawn(argv, { stdin: new Blob([input]), stdout: "pipe", stderr: "inherit" });
  const text = await new Response(run.stdout).text();
  if ((await run.exited) !== 0) throw new Error(`${argv[0]} ended with ${run.exitCode}`);
  return JSON.parse(text) as Answer;
}
