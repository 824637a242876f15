import { expect, test } from "bun:test";

import { MedforgeError } from "@medforge/core/errors";
import { MachineError, type MachineFault } from "@medforge/runtime/errors";

import { meaningOf } from "./faults.ts";
import { PROBLEM_CODES, problemResponse, statusOf } from "./problems.ts";

const at = { instance: "/x", requestId: "r", headers: { "x-request-id": "r" } };

test("statuses are those of the contract", () => {
  const table = Object.groupBy(PROBLEM_CODES, statusOf);
  // contract.md, "HTTP"; 500 is for what nobody planned.
  expect(table).toEqual({
    400: ["malformed_request"],
    401: ["not_authenticated"],
    403: ["forbidden", "origin_not_allowed", "internal_access_required"],
    404: ["not_found"],
    409: [
      "no_gpu_available",
      "session_limit_reached",
      "workspace_in_use",
      "email_taken",
      "pack_deprecated",
      "allocation_conflict",
      "state_conflict",
    ],
    413: ["upload_too_large"],
    415: ["unsupported_media_type"],
    422: ["invalid_request", "pack_exposure_mismatch", "invalid_ssh_key", "submission_invalid"],
    429: ["rate_limited", "daily_cap_reached"],
    503: ["runtime_unavailable", "database_unavailable"],
    507: ["storage_full"],
    500: ["internal_error"],
  });
});

test("what makes sense to try again says when", () => {
  for (const code of ["rate_limited", "runtime_unavailable", "database_unavailable"] as const) {
    const response = problemResponse(new MedforgeError(code, "wait"), at);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  const exact = problemResponse(new MedforgeError("rate_limited", "wait", { retryAfterS: 12.2 }), at);
  expect(exact.headers.get("retry-after")).toBe("13");
});

test("a fault of the machine says what it means and keeps the host's paths to itself", () => {
  const codes: Record<MachineFault, string> = {
    unreachable: "runtime_unavailable",
    deadline: "runtime_unavailable",
    refused: "runtime_unavailable",
    broken: "runtime_unavailable",
    missing: "not_found",
    "in-use": "workspace_in_use",
    full: "storage_full",
  };
  for (const [fault, code] of Object.entries(codes)) {
    const error = new MachineError(
      fault as MachineFault,
      "dial /var/run/docker.sock",
      "systemctl start docker",
    );
    const meaning = meaningOf(new Error("wrapped", { cause: error }));
    expect(meaning?.code as string).toBe(code);
    expect(meaning?.message).not.toMatch(/docker|\/var/);
  }
});

test("what nobody planned means nothing to the caller", () => {
  expect(meaningOf(new Error("select secret from users"))).toBeUndefined();
  expect(meaningOf("a string")).toBeUndefined();
});
