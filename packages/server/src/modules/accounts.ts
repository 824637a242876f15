import type { Deps } from "../deps.ts";
import { router } from "../http/router.ts";
import { authRoutes } from "./auth/index.ts";
import { loginsRoutes } from "./auth/logins.ts";
import { meRoutes } from "./me/index.ts";
import { sshKeysRoutes } from "./ssh-keys/index.ts";
import { tokensRoutes } from "./tokens/index.ts";

/** Somebody's own account: getting in, who they are, and what else lets them or their programs in. */
export function accountRoutes(deps: Deps) {
  return router("")
    .use(authRoutes(deps))
    .use(loginsRoutes(deps))
    .use(sshKeysRoutes(deps))
    .use(tokensRoutes(deps))
    .use(meRoutes(deps));
}
