import type { Deps } from "@medforge/server/deps";

import { submitCommand } from "../competitions/demo.ts";
import { FIRST_COMPETITIONS } from "./first-competitions.ts";
import type { NewAdmin } from "./seed.ts";
import { portalUrl } from "./services.ts";

/** It needs no download and shows all there is. */
const DEMO = FIRST_COMPETITIONS[0].slug;

/** What a person reads when everything runs: addresses, the admin, and how to get the first session and the first score. */
export async function greeting(
  deps: Deps,
  at: {
    /** Where the API listens. */
    readonly api: string;
    /** The file of our own CA, where the portal's certificate is of it. */
    readonly ca: string | undefined;
  },
  admin: NewAdmin | undefined,
): Promise<string> {
  const { config } = deps;
  const url = at.api;
  const api = `${url}/api/v2`;
  const pretended = config.runtime === "memory";
  const lines = [
    "",
    `MedForge is up: ${portalUrl(config)}   (API ${api}, documentation ${url}/docs)`,
    ...(at.ca === undefined
      ? []
      : [`Its certificates are of a CA of this machine's own: let your browser trust ${at.ca}`]),
    ...(pretended ? ["Sessions are only pretended here (--runtime memory): nothing really runs."] : []),
  ];
  if (admin !== undefined) {
    const password =
      admin.password === undefined ? "the one you gave" : `${admin.password}   (shown only now)`;
    lines.push("", `admin     ${admin.email}`, `password  ${password}`);
  }
  lines.push(
    "",
    "Your first session, from another shell:",
    // Over plain HTTP, curl's own jar refuses a cookie that is Secure.
    `  login=$(curl -si ${api}/auth/login --json '{"email": "${admin?.email ?? "YOU"}", "password": "PASSWORD"}' | sed -n 's/^set-cookie: \\([^;]*\\).*/\\1/ip')`,
    `  curl -s -H "Cookie: $login" ${api}/me/ssh-keys --json "{\\"public_key\\": \\"$(cat ~/.ssh/id_ed25519.pub)\\"}"`,
    `  curl -s -H "Cookie: $login" ${api}/external/sessions --json '{}'`,
  );
  if (!pretended) {
    lines.push(
      `  ssh -p ${config.ssh.portFirst} medforge@${config.ssh.host}   (the port is in the answer above)`,
      "",
      "With this line in ~/.ssh/known_hosts, no host key is ever asked about:",
      `  @cert-authority [${config.ssh.host}]:* ${await deps.keys.hostCa()}`,
    );
  }
  if ((await deps.db.competitions.bySlug(DEMO)) !== undefined) {
    lines.push(
      "",
      "Your first submission, with the same login, and where it ends up:",
      `  ./medforge demo-submission ${DEMO}`,
      `  ${submitCommand(url, "external", DEMO, `${DEMO}-demo.zip`)}`,
      `  curl -s -H "Cookie: $login" ${api}/external/competitions/${DEMO}/leaderboard`,
    );
  }
  return [...lines, "", "Ctrl-C or `./medforge down` stops it. Logs: .medforge/log/"].join("\n");
}
