/** The engine as somebody beside MedForge sees it: its HTTP API over the socket, nothing of our adapter in between. */

export interface Inspected {
  readonly Id: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: {
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly StartedAt: string;
  };
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
  };
}

export type RawEngine = ReturnType<typeof rawEngine>;

const CALL_MS_MAX = 60_000;

/** As the contract names it. */
export function nameOf(slug: string): string {
  return `mf-session-${slug}`;
}

export function rawEngine(host: string) {
  const unix = host.slice("unix://".length);

  async function ask(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`http://docker/v1.41${path}`, {
      unix,
      method,
      signal: AbortSignal.timeout(CALL_MS_MAX),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  }

  /** @returns undefined where the thing is not there (404) @throws for every other refusal */
  async function tell<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
    const response = await ask(method, path, body);
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (!response.ok && response.status !== 304)
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  async function inspect(slug: string): Promise<Inspected | undefined> {
    return tell<Inspected>("GET", `/containers/${nameOf(slug)}/json`);
  }

  return {
    tell,
    inspect,
    kill: (slug: string, signal = "SIGKILL") =>
      tell("POST", `/containers/${nameOf(slug)}/kill?signal=${signal}`),
    remove: (nameOrId: string) => tell("DELETE", `/containers/${nameOrId}?force=true&v=true`),
    removeNetwork: (name: string) => tell("DELETE", `/networks/${name}`),
    removeImage: (id: string) => tell("DELETE", `/images/${id}?force=true`),

    /** Runs a shell line as root in the session's container and does not wait for it. */
    async insideAsRoot(slug: string, line: string): Promise<void> {
      const exec = await tell<{ Id: string }>("POST", `/containers/${nameOf(slug)}/exec`, {
        Cmd: ["sh", "-c", line],
      });
      await tell("POST", `/exec/${exec?.Id}/start`, { Detach: true });
    },

    /** The names of every container and network that says it is of these sessions. */
    async thingsOf(slugs: readonly string[]): Promise<string[]> {
      const all = encodeURIComponent(JSON.stringify({ label: ["medforge.slug"] }));
      type Row = { readonly Name?: string; readonly Names?: readonly string[]; readonly Labels: object };
      const containers = await tell<Row[]>("GET", `/containers/json?all=true&filters=${all}`);
      const networks = await tell<Row[]>("GET", `/networks?filters=${all}`);
      return [...(containers ?? []), ...(networks ?? [])].flatMap(({ Name, Names, Labels }) => {
        const slug = "medforge.slug" in Labels ? String(Labels["medforge.slug"]) : "";
        return slugs.includes(slug) ? [Name ?? Names?.[0] ?? slug] : [];
      });
    },

    /** A pack like `image`, with another main process. @returns its image id */
    async imageThatRuns(image: string, entrypoint: readonly string[]): Promise<string> {
      const made = await tell<{ Id: string }>("POST", "/containers/create", { Image: image });
      const committed = await tell<{ Id: string }>("POST", `/commit?container=${made?.Id}`, {
        Entrypoint: entrypoint,
        Cmd: [],
      });
      await tell("DELETE", `/containers/${made?.Id}`);
      if (committed === undefined) throw new Error("the engine made no image");
      return committed.Id;
    },
  };
}
