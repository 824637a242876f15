import type { Problem } from "@medforge/contracts/problem";

/** What the server refused, or why it could not be asked. `detail` says what to do about it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly errors: NonNullable<Problem["errors"]>;
  readonly errorsTotal: number;
  /** Seconds, from `Retry-After`. */
  readonly retryAfterS: number | undefined;

  constructor(
    problem: Pick<Problem, "status" | "code" | "title" | "detail"> & Partial<Problem>,
    retryAfterS?: number,
  ) {
    super(problem.title);
    this.name = "ApiProblem";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.requestId = problem.request_id;
    this.errors = problem.errors ?? [];
    this.errorsTotal = problem.errors_total ?? this.errors.length;
    this.retryAfterS = retryAfterS;
  }

  /** The message for one field of a form. */
  of(path: string): string | undefined {
    return this.errors.find((fault) => fault.path === path)?.message;
  }
}

/** Where in what was sent a fault is: `holdout, row 5, column label`, `competition.json, metrics[0].name`. */
export function placeOf({ entry, row, column, path }: NonNullable<Problem["errors"]>[number]): string {
  const parts = [entry, row && `row ${row}`, column && `column ${column}`, path];
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}

/** Anything thrown, as a problem that a person can act on. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) {
    return new ApiProblem({
      status: 0,
      code: "unreachable",
      title: "The server does not answer",
      detail: "Check your connection; this page tries again when you ask it to.",
    });
  }
  return new ApiProblem({
    status: 0,
    code: "page_error",
    title: "Something on this page broke",
    detail: `${String(error)}. Reload the page; if it stays, tell an admin.`,
  });
}
