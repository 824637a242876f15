import { toOpenAPISchema } from "@elysiajs/openapi";
import { Problem } from "@medforge/contracts/problem";
import type { AnyElysia } from "elysia";
import type { OpenAPIV3_1 } from "openapi-types";

import { isOpen } from "../../http/open-doors.ts";
import { isProblemCode, PROBLEM_CODES, type ProblemCode, statusOf } from "../../http/problems.ts";
import { COOKIE } from "../../http/viewer.ts";

/** The document at /openapi.json, from the same schemas that validate; the problems a route can answer are added here. */

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
/** What nobody calls through the API. */
const PAGES = ["/docs", "/docs/{file}", "/openapi.json", "/problems/{code}"];

export function openApiDocument(app: AnyElysia, version: string): OpenAPIV3_1.Document {
  const { paths, components } = toOpenAPISchema(app, { paths: [] }) as Pick<
    OpenAPIV3_1.Document,
    "paths" | "components"
  >;
  const bodies = jsonBodies(app);
  const shown: NonNullable<OpenAPIV3_1.Document["paths"]> = {};
  for (const [rawPath, item] of Object.entries(paths ?? {})) {
    const path = rawPath.length > 1 ? rawPath.replace(/\/$/, "") : rawPath;
    if (item === undefined || PAGES.includes(path)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      operation.operationId = `${method}_${path.replaceAll(/[^a-z0-9]+/gi, "_")}`;
      for (const parameter of operation.parameters ?? []) plainParameter(parameter);
      const schema = bodies.get(`${method.toUpperCase()} ${path}`);
      if (schema !== undefined) {
        // Assigned as a whole: the types of 3.1 are those of 3.0 and more, and ask for both at once.
        Object.assign(operation, {
          requestBody: { required: true, content: { "application/json": { schema } } },
        });
      }
      addProblems(operation, method, path);
    }
    shown[path] = { ...shown[path], ...item };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "MedForge",
      version,
      description:
        "GPU sessions for a lab. Success is `{data, meta}`; errors are problem details (RFC 9457) with a `code`.",
    },
    paths: shown,
    components: {
      ...components,
      schemas: { ...components?.schemas, Problem: JSON.parse(JSON.stringify(Problem)) },
      securitySchemes: { login: { type: "apiKey", in: "cookie", name: COOKIE } },
    },
  };
}

/**
 * What each route takes as JSON. The generator leaves bodies out, as it knows only of its own names for parsers, and
 * ours is none of them.
 */
function jsonBodies(app: AnyElysia): Map<string, OpenAPIV3_1.SchemaObject> {
  return new Map(
    app.routes.flatMap(({ method, path, hooks }) =>
      typeof hooks?.body === "object"
        ? [[`${method} ${path.replace(/:(\w+)/g, "{$1}")}`, JSON.parse(JSON.stringify(hooks.body))] as const]
        : [],
    ),
  );
}

/** In a URL everything is text, so the validator takes numbers as text too; readers only need to know the number. */
function plainParameter(parameter: OpenAPIV3_1.ReferenceObject | OpenAPIV3_1.ParameterObject): void {
  if (!("schema" in parameter) || parameter.schema === undefined || !("anyOf" in parameter.schema)) return;
  const number = parameter.schema.anyOf?.find((one) => "type" in one && one.type === "integer");
  if (number !== undefined) parameter.schema = number;
}

function addProblems(operation: OpenAPIV3_1.OperationObject, method: string, path: string): void {
  const open = isOpen(method.toUpperCase(), path);
  if (!open) operation.security = [{ login: [] }];
  const own = "x-codes" in operation && Array.isArray(operation["x-codes"]) ? operation["x-codes"] : [];
  const codes = new Set<ProblemCode>([...own.filter(isProblemCode), ...everywhere(method, path, open)]);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of PROBLEM_CODES.filter((one) => codes.has(one))) {
    byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  }
  operation.responses ??= {};
  for (const [status, names] of byStatus) {
    operation.responses[String(status)] ??= {
      description: names.map((name) => `\`${name}\``).join(", "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  Object.assign(operation, { "x-codes": [...codes] });
}

/** What the house answers before a route is asked. */
function everywhere(method: string, path: string, open: boolean): ProblemCode[] {
  if (path === "/healthz" || path === "/readyz") return ["internal_error"];
  return [
    "invalid_request",
    "malformed_request",
    "database_unavailable",
    "internal_error",
    ...(open ? [] : (["not_authenticated"] as const)),
    ...(method === "get"
      ? []
      : (["origin_not_allowed", "upload_too_large", "unsupported_media_type"] as const)),
    ...(path.startsWith("/api/v2/internal/") ? (["internal_access_required"] as const) : []),
    ...(path.startsWith("/api/v2/admin/") ? (["forbidden"] as const) : []),
  ];
}
