import type { Session } from "@medforge/contracts/sessions";

import { COOKIE } from "../src/http/viewer.ts";
import { APP_COOKIE } from "../src/modules/gate/gate.ts";
import { hostOf } from "./caddy.ts";
import type { Front } from "./front.ts";
import { must } from "./house.ts";
import type { Person, Surface } from "./person.ts";
import { until } from "./until.ts";
import type { Visitor } from "./visitor.ts";

/** People who come to a front with a browser and with programs of their own. */
export interface Guests {
  /** Somebody new, logged in on both portals with the same browser. */
  newGuest(rights?: Rights): Promise<Guest>;
  /** A running session with a small web server in it, on 8080. */
  withApp(guest: Guest, surface?: Surface): Promise<Session>;
}

export interface Rights {
  readonly admin?: boolean;
  readonly internal?: boolean;
  readonly sessions?: number;
}

export interface Guest {
  readonly id: string;
  readonly email: string;
  /** A login of their own programs; it goes on when the browser's ends. */
  readonly api: Person;
  readonly browser: Visitor;
  /** The browser's login, told to the second server. */
  logOut(): Promise<void>;
}

export const PORTAL = hostOf("external");
export const hostFor = (session: Pick<Session, "slug">, surface = "external") =>
  hostOf(`s-${session.slug}`, surface);
const PASSWORD = "correct horse battery";
const APP_MS_MAX = 15_000;

/** Says what it was asked with; `/stream` never ends; a WebSocket says everything back. */
const APP = `
import json, socketserver, time
class App(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode("latin1")
        headers = []
        while True:
            header = self.rfile.readline().decode("latin1").strip()
            if not header: break
            headers.append(header)
        say = lambda text: (self.wfile.write(text.encode()), self.wfile.flush())
        if any(h.lower() == "upgrade: websocket" for h in headers):
            say("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
            while True:
                data = self.request.recv(1000)
                if not data: return
                self.request.sendall(data)
        if line.startswith("GET /stream"):
            say("HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\nConnection: close\\r\\n\\r\\n")
            while True:
                say("tick\\n")
                time.sleep(0.2)
        body = json.dumps({"line": line.strip(), "headers": headers})
        say("HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
Server(("0.0.0.0", 8080), App).serve_forever()
`;

export function guestsOf({ house, stranger }: Front): Guests {
  let guests = 0;

  async function newGuest(rights: Rights = {}): Promise<Guest> {
    const email = `guest${++guests}@example.org`;
    const api = house.stranger();
    await api.expect(201, "POST", "/auth/signup", { email, password: PASSWORD, display_name: email });
    const user = await house.db.users.byEmail(email);
    if (user === undefined) throw new Error("no such user");
    await house.db.users.update(user.id, {
      role: rights.admin === true ? "admin" : "member",
      canUseInternal: rights.internal === true,
      maxConcurrentSessions: rights.sessions ?? 1,
    });
    const browser = stranger();
    const response = await fetch(`${house.server().url}/api/v2/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    const token = new RegExp(`${COOKIE}=([^;]+)`).exec(response.headers.get("set-cookie") ?? "")?.[1];
    if (token === undefined) throw new Error(`login: ${response.status}`);
    for (const surface of ["external", "internal"]) browser.keep(hostOf(surface), COOKIE, token);
    return {
      id: user.id,
      email,
      api,
      browser,
      async logOut() {
        const headers = { cookie: `${COOKIE}=${token}` };
        const { status } = await fetch(`${house.server().url}/api/v2/auth/logout`, {
          method: "POST",
          headers,
        });
        if (status !== 200) throw new Error(`logout: ${status}`);
      },
    };
  }

  async function withApp({ api, browser }: Guest, surface: Surface = "external"): Promise<Session> {
    const workspace = await api.expect<{ id: string }>(201, "POST", "/workspaces", {
      name: `w${crypto.randomUUID().slice(0, 8)}`,
    });
    const session = await api.on(surface).running({ workspace_id: workspace.id });
    const container = `mf-session-${session.slug}`;
    const docker = [
      "docker",
      "--host",
      process.env.MEDFORGE_TEST_DOCKER ?? "",
      "exec",
      "--detach",
      "--user",
      "1000",
    ];
    await must([...docker, container, "python3", "-c", APP]);
    await until("the session's web server", APP_MS_MAX, async () => {
      return (await browser.open(hostFor(session, surface))).status === 200;
    });
    return session;
  }

  return { newGuest, withApp };
}

/** The browser's login on a session's host, as another host's. */
export function carryOver({ browser }: Guest, from: string, to: string): void {
  browser.keep(to, APP_COOKIE, browser.cookie(from, APP_COOKIE) ?? "none");
}
