import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";
import { command } from "@medforge/runtime/command";

import { type House, must, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";
import { freePort } from "./server.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

/**
 * What VS Code Remote-SSH does with `remote.SSH.localServerDownload: "always"`, step by step, with a stand-in for its
 * server: the tarball comes over SSH, is unpacked and started, and reached through the same SSH connection.
 */
describe.skipIf(!machineNamed)("an editor in an internal session", () => {
  let house: House;
  let ssh: SshClient;
  let session: Session;
  let local: string;
  beforeAll(async () => {
    house = await openHouse();
    const holder = await house.newKeyHolder({ internal: true });
    ssh = holder.ssh;
    session = await holder.who.on("internal").running();
    local = join(house.folder, "editor");
    await packServer(local);
  });
  afterAll(() => house?.close());

  const INSTALLED = "~/.vscode-server/bin/0123abcd";

  test("its server cannot be downloaded from inside, and that is known at once", async () => {
    const { stdout } = await ssh.run(
      session,
      "curl -sS -o /dev/null -w '%{time_total} %{exitcode}' https://update.code.visualstudio.com/ 2>/dev/null",
    );
    const [seconds, exitCode] = stdout.split(" ").map(Number);
    expect(seconds).toBeLessThan(1);
    expect(exitCode).toBe(6);
  });

  test("its server is copied in, unpacked and started over SSH", async () => {
    expect((await ssh.scp(session, join(local, "server.tar.gz"), "there:/tmp/server.tar.gz")).exitCode).toBe(
      0,
    );
    await ssh.say(
      session,
      `mkdir -p ${INSTALLED} && tar -xzf /tmp/server.tar.gz -C ${INSTALLED} --strip-components 1 && rm /tmp/server.tar.gz`,
    );
    await ssh.say(
      session,
      `cd ${INSTALLED} && { nohup ./bin/code-server --host 127.0.0.1 --port 0 --socket-path /tmp/code.sock >log 2>&1 & }`,
    );
    await until("the server", 10_000, async () => (await portInside()) > 0);
  });

  test("it is reached on its port with -L, on its unix socket with -L, and with -D", async () => {
    const port = await freePort();
    const inside = `127.0.0.1:${await portInside()}`;
    const forwards: [string[], string[]][] = [
      [["-L", `127.0.0.1:${port}:${inside}`], [`http://127.0.0.1:${port}/`]],
      [["-L", `127.0.0.1:${port}:/tmp/code.sock`], [`http://127.0.0.1:${port}/`]],
      [
        ["-D", `127.0.0.1:${port}`],
        ["--socks5", `127.0.0.1:${port}`, `http://${inside}/`],
      ],
    ];
    for (const [forward, url] of forwards) {
      const tunnel = ssh.keepOpen(session, ["-N", ...forward], join(local, "tunnel"));
      try {
        const said = await until("the editor's server", 10_000, async () => {
          const { stdout } = await command(["curl", "-sS", "--max-time", "2", ...url]);
          return stdout !== "" && stdout;
        });
        expect(said).toBe("a server in 0123abcd\n");
      } finally {
        tunnel.kill("SIGTERM");
        await tunnel.exited;
      }
    }
  }, 60_000);

  test("-R is refused: it would be a way out", async () => {
    const port = await freePort();
    const asked = ssh.keepOpen(
      session,
      ["-N", "-o", "ExitOnForwardFailure=yes", "-R", `${port}:127.0.0.1:22`],
      join(local, "remote"),
    );
    expect(await asked.exited).toBe(255);
    expect(await Bun.file(join(local, "remote")).text()).toContain("remote port forwarding failed");
  });

  async function portInside(): Promise<number> {
    const log = await ssh.run(session, `cat ${INSTALLED}/log`);
    return Number(/listening on port (\d+)/.exec(log.stdout)?.[1] ?? 0);
  }
});

/** As VS Code's: one folder with bin/code-server in it, which takes a port that is free and says which. */
async function packServer(folder: string): Promise<void> {
  mkdirSync(join(folder, "vscode-server-linux-x64/bin"), { recursive: true });
  const program = join(folder, "vscode-server-linux-x64/bin/code-server");
  writeFileSync(program, SERVER);
  chmodSync(program, 0o755);
  await must(["tar", "-czf", join(folder, "server.tar.gz"), "-C", folder, "vscode-server-linux-x64"]);
}

const SERVER = `#!/usr/bin/env python3
import http.server, os, socketserver, sys, threading

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"a server in {os.path.basename(os.getcwd())}\\n".encode())
    def address_string(self):
        return "somebody"

class OnSocket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

on_socket = OnSocket(sys.argv[sys.argv.index("--socket-path") + 1], Answer)
threading.Thread(target=on_socket.serve_forever).start()
on_port = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print("listening on port", on_port.server_port, flush=True)
on_port.serve_forever()
`;
