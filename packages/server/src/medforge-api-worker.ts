#!/usr/bin/env bun
import { runWorker } from "./run-worker.ts";

/**
 * One more worker, on any machine that has the database and the folders of competitions. It only scores: GPUs and
 * snapshots are looked after where they are.
 */

await runWorker();
