import { MedforgeError } from "@medforge/core/errors";

import { isProblemCode, statusOf, titleOf } from "../../http/problems.ts";
import { router } from "../../http/router.ts";

/** What the `type` of a problem leads to (RFC 9457, 3.1.1). */
export function problemsRoutes() {
  return router("/problems").get("/:code", ({ params }) => {
    if (!isProblemCode(params.code)) throw new MedforgeError("not_found", "There is no such problem.");
    return { code: params.code, status: statusOf(params.code), title: titleOf(params.code) };
  });
}
