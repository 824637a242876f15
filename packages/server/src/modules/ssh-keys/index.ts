import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { SshKey, SshKeyWish } from "@medforge/contracts/me";
import type { SshKey as Row } from "@medforge/db/queries/ssh-keys";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { addKey, removeKey } from "./service.ts";

export function sshKeysRoutes(deps: Deps) {
  return router("/me/ssh-keys")
    .get(
      "",
      ({ request, query }) =>
        pageById(
          deps,
          request,
          query,
          "ssh-keys",
          (after, limit) => deps.db.sshKeys.page(viewerOf(request).userId, after, limit),
          keyOnWire,
        ),
      {
        query: PageQuery,
        response: { 200: Page(SshKey) },
        detail: about("ssh-keys", "Your SSH keys, oldest first"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const { userId } = viewerOf(request);
        const key = await addKey(deps, userId, { publicKey: body.public_key, name: body.name });
        return status(201, answer(deps, request, keyOnWire(key)));
      },
      {
        body: SshKeyWish,
        response: { 201: Answer(SshKey) },
        detail: about(
          "ssh-keys",
          "Add an SSH key: it works at once in running sessions",
          ["invalid_ssh_key", "state_conflict", "runtime_unavailable"],
          "`errors[0].message` of an `invalid_ssh_key` names the rule that was broken.",
        ),
      },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        await removeKey(deps, viewerOf(request).userId, params.id);
        return answer(deps, request, null);
      },
      {
        params: IdParam,
        response: { 200: Done },
        detail: about("ssh-keys", "Remove an SSH key: running sessions refuse it at once", [
          "not_found",
          "runtime_unavailable",
        ]),
      },
    );
}

function keyOnWire(key: Row) {
  return {
    id: key.id,
    name: key.name,
    type: key.publicKey.split(" ")[0] ?? "",
    fingerprint: key.fingerprint,
    public_key: key.publicKey,
    created_at: instantText(key.createdAt),
  };
}
