#!/usr/bin/env node
import { run } from "./cli/run.ts";

// `medforge-score metrics | head` closes the pipe early, which is no fault of anyone.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  interactive: process.stderr.isTTY,
  now: () => performance.now(),
});
