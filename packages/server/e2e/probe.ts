import { fileURLToPath } from "node:url";

import { command } from "@medforge/runtime/command";

import { nameOf } from "./engine.ts";
import { named } from "./named.ts";

/** From where something is tried: this host, the lab's `outside`, or the session of this slug. */
export type From = "host" | "outside" | { readonly slug: string };

const OPS = fileURLToPath(new URL("../../../ops/host", import.meta.url));
/** A whole matrix: most of its cells are refused at once, and those that are not wait side by side. */
const MS_MAX = 60_000;

/**
 * Tries each cell with ops/host/probe.py.
 * @param cells `<open|closed> <how> <where> <what>`, the last three as in the probe
 * @returns what came of each: `reached`, `refused` or `silent`
 */
export async function tryFrom(from: From, cells: readonly string[]): Promise<string[]> {
  const probe = await Bun.file(`${OPS}/probe.py`).text();
  const { exitCode, stdout, stderr } = await command([...placeOf(from), "python3", "-c", probe], {
    stdin: cells.map((cell) => cell.split(" ").slice(1, 4).join(" ")).join("\n"),
    env: { DOCKER_HOST: named().dockerHost },
    deadlineMs: MS_MAX,
  });
  const answers = stdout.trim().split("\n");
  if (exitCode !== 0 || answers.length !== cells.length) throw new Error(`the probe: ${stderr} ${stdout}`);
  return answers.map((answer) => answer.split(" ")[0] ?? "");
}

/** The cells that came out otherwise than they say, with what came instead. */
export async function wrongFrom(from: From, cells: readonly string[]): Promise<string[]> {
  const answers = await tryFrom(from, cells);
  return cells.flatMap((cell, i) => {
    const expected = cell.startsWith("open ");
    return expected === (answers[i] === "reached") ? [] : [`${cell}: ${answers[i]}`];
  });
}

function placeOf(from: From): string[] {
  if (from === "host") return [];
  if (from === "outside") return ["ip", "netns", "exec", "outside"];
  return ["docker", "exec", "-i", "-u", "1000:1000", nameOf(from.slug)];
}

/**
 * Runs ops/host/validate-networks.sh, as an admin would.
 * @param cells more to try from inside
 * @returns its lines, those that failed, and its exit code
 */
export async function validate(slug: string, cells: readonly string[], folder: string) {
  const file = `${folder}/cells-${slug}`;
  await Bun.write(file, `${cells.join("\n")}\n`);
  const argv = [`${OPS}/validate-networks.sh`, "--session", slug, "--cells", file];
  const { exitCode, stdout, stderr } = await command(argv, {
    env: { DOCKER_HOST: named().dockerHost },
    deadlineMs: MS_MAX,
  });
  const lines = stdout.trim().split("\n");
  return { exitCode, stderr, lines, failed: lines.filter((line) => !line.startsWith("ok ")) };
}
