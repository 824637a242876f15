import { type Answer, rawRequest } from "./raw-http.ts";

/** A browser in front of the real Caddy: cookies by host, redirects followed, and the headers of each way to ask. */
export interface Visitor {
  /** One request, no redirect followed. */
  ask(way: Way, host: string, path?: string): Promise<Answer>;
  /** What a person sees in the end who opens this address. */
  open(host: string, path?: string): Promise<Answer>;
  cookie(host: string, name: string): string | undefined;
  keep(host: string, name: string, value: string): void;
}

export type Way = "navigation" | "fetch" | "websocket";
export const WAYS: readonly Way[] = ["navigation", "fetch", "websocket"];

/** What a browser sends with a page that somebody opens. */
export const NAVIGATION = ["Accept: text/html,*/*", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];

const REDIRECTS_MAX = 10;

export function visitor(caddy: { readonly port: number; readonly ca: string }): Visitor {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };

  async function ask(way: Way, host: string, path = "/"): Promise<Answer> {
    const cookies = [...jarOf(host)].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await rawRequest({
      port: caddy.port,
      ca: caddy.ca,
      sni: host,
      lines: [
        `GET ${path} HTTP/1.1`,
        `Host: ${host}:${caddy.port}`,
        ...(cookies === "" ? [] : [`Cookie: ${cookies}`]),
        ...headersOf(way, `https://${host}:${caddy.port}`),
      ],
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name !== "") jarOf(host).set(name, value);
    }
    return answer;
  }

  return {
    ask,
    async open(host, path) {
      let answer = await ask("navigation", host, path);
      for (let hops = 0; answer.status === 302; hops++) {
        if (hops === REDIRECTS_MAX) throw new Error(`led in circles at ${host}`);
        const to = new URL(answer.headers.get("location") ?? "", `https://${host}:${caddy.port}`);
        answer = await ask("navigation", to.hostname, `${to.pathname}${to.search}`);
      }
      return answer;
    },
    cookie: (host, name) => jarOf(host).get(name),
    keep: (host, name, value) => void jarOf(host).set(name, value),
  };
}

function headersOf(way: Way, origin: string): string[] {
  switch (way) {
    case "navigation":
      return ["Connection: close", ...NAVIGATION];
    case "fetch":
      return ["Connection: close", "Accept: */*", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"];
    case "websocket":
      return [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-Fetch-Mode: websocket",
        "Sec-Fetch-Dest: websocket",
        `Origin: ${origin}`,
      ];
  }
}
