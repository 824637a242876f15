import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { NewToken, SCOPES, Token, TokenWish } from "@medforge/contracts/tokens";
import type { ApiToken } from "@medforge/db/queries/api-tokens";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantOrNull, instantText } from "../../http/envelope.ts";
import { factsOf } from "../../http/facts.ts";
import { router } from "../../http/router.ts";
import { loggedInOf } from "../../http/viewer.ts";
import { makeToken, revokeToken } from "./service.ts";

/** Bearer tokens for programs. What they open: `http/token-scopes.ts`. */
export function tokensRoutes(deps: Deps) {
  return router("/me/tokens")
    .get(
      "",
      ({ request, query }) =>
        pageById(
          deps,
          request,
          query,
          "tokens",
          (before, limit) => deps.db.apiTokens.ofUser(loggedInOf(request).user.id, before, limit),
          tokenOnWire,
        ),
      {
        query: PageQuery,
        response: { 200: Page(Token) },
        detail: about("tokens", "Your API tokens, newest first, expired ones too"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const wish = { name: body.name, scopes: body.scopes, days: body.expires_in_days };
        const { row, token } = await makeToken(deps, loggedInOf(request), wish, factsOf(request));
        return status(201, answer(deps, request, { ...tokenOnWire(row), token }));
      },
      {
        body: TokenWish,
        response: { 201: Answer(NewToken) },
        detail: about(
          "tokens",
          "Make an API token",
          ["forbidden", "state_conflict"],
          "The token is in this answer only. `admin` is for admins, and works only while they are.",
        ),
      },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        await revokeToken(deps, loggedInOf(request), params.id, factsOf(request));
        return answer(deps, request, null);
      },
      {
        params: IdParam,
        response: { 200: Done },
        detail: about("tokens", "Revoke an API token at once", ["not_found"]),
      },
    );
}

function tokenOnWire(token: ApiToken): Token {
  return {
    id: token.id,
    name: token.name,
    scopes: SCOPES.filter((scope) => token.scopes.includes(scope)),
    created_at: instantText(token.createdAt),
    expires_at: instantText(token.expiresAt),
    last_used_at: instantOrNull(token.lastUsedAt),
    last_used_address: token.lastUsedAddress,
  };
}
