import { writeFileSync } from "node:fs";

import { command } from "@medforge/runtime/command";

/** One way to ask, as header lines; several are asked in turn. */
export type Asked = Readonly<Record<string, string>>;

export interface Target {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export interface Load extends Target {
  readonly connections: number;
  readonly seconds: number;
}

export interface Measured {
  readonly perSecond: number;
  readonly medianMs: number;
}

/** `wrk`, in a process of its own. @throws Error when anything but 200 was answered */
export async function wrk(load: Load, folder: string): Promise<Measured> {
  const script = `${folder}/requests.lua`;
  writeFileSync(script, luaFor(load.asked));
  const { exitCode, stdout, stderr } = await command(
    [
      "wrk",
      `-t${Math.min(2, load.connections)}`,
      `-c${load.connections}`,
      `-d${load.seconds}s`,
      "--latency",
      "-s",
      script,
      load.url,
    ],
    { deadlineMs: (load.seconds + 20) * 1_000 },
  );
  if (exitCode !== 0 || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`${load.url}: ${stdout}${stderr}`);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const [, amount, unit] = /50%\s+([\d.]+)(us|ms|s)\b/.exec(stdout) ?? [];
  return { perSecond, medianMs: Number(amount) * ({ us: 0.001, ms: 1, s: 1_000 }[unit ?? ""] ?? Number.NaN) };
}

/** All requests are made before the first one is sent. */
function luaFor(asked: readonly Asked[]): string {
  const tables = asked.map((headers) => {
    const fields = Object.entries(headers).map(([name, value]) => `[${quoted(name)}] = ${quoted(value)}`);
    return `{ ${fields.join(", ")} }`;
  });
  return `
local all = { ${tables.join(",\n")} }
local requests = {}
local at = 0
init = function()
  for i, headers in ipairs(all) do requests[i] = wrk.format("GET", nil, headers) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
