import type { OpenAPIV3_1 } from "openapi-types";

/** What nobody should send, made from a route's own description: so a new route is tried by itself. */

export type Schema = OpenAPIV3_1.SchemaObject;

export interface HostileBody {
  readonly what: string;
  readonly body: string | Uint8Array;
  /** It cannot be right, whatever the handler thinks: the answer must be a 4xx. Otherwise it must only be no 5xx. */
  readonly wrong: boolean;
}

const MEGABYTE = "x".repeat(2 ** 20);
const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Bodies that are wrong for every route that takes JSON, and for those that take none. */
export const BROKEN_BODIES: readonly HostileBody[] = [
  ["not JSON", "[1"],
  ["nothing but NUL", "\u0000"],
  ["invalid UTF-8", Uint8Array.of(0x22, 0xc3, 0x28, 0x22)],
  ["overlong UTF-8", Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
  ["half a surrogate pair in UTF-8", Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ["half a surrogate pair, escaped", '{"name":"\\ud800","display_name":"\\udfff"}'],
  ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0)],
  ["arrays 30,000 deep", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
  ["objects 5,000 deep", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`],
  ["a megabyte", JSON.stringify({ email: `${MEGABYTE}@example.org` })],
].map(([what, body]) => ({ what: String(what), body: body as string | Uint8Array, wrong: true }));

/** Of each of JSON's types; a field that takes one is not tried with it. */
const VALUES: readonly unknown[] = [null, true, -1, 1.5, "x", [], [[]], { a: 1 }];
/** What fits a field's type and is trouble all the same. */
const TROUBLE: Readonly<Record<string, readonly unknown[]>> = {
  string: [
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "💥".repeat(500),
    "'; drop table users; --",
    "../../etc/passwd",
    "__proto__",
    "é".normalize("NFD"),
    "\u202e\u2066",
  ],
  integer: [0, -0, 2 ** 31, 2 ** 53, 2 ** 64, 1e308],
  number: [0, -0, 2 ** 53, 1e308],
  boolean: [true, false],
  array: [[], Array(10_000).fill("x")],
  object: [{}, { __proto__: null, constructor: 1 }],
};

/** Every field of an object with values of other types, with trouble, and missing; then fields that nobody knows. */
export function hostileObjects(schema: Schema): HostileBody[] {
  const good = sampleOf(schema);
  if (typeof good !== "object" || good === null || Array.isArray(good)) return [];
  const text = (fields: object) => JSON.stringify({ ...good, ...fields });
  const bodies: HostileBody[] = [
    { what: "as described", body: JSON.stringify(good), wrong: false },
    { what: "a field that nobody knows", body: text({ nobodyKnows: 1 }), wrong: true },
    {
      what: "__proto__",
      body: `${text({}).slice(0, -1).replace(/\{$/, '{"x":1')},"__proto__":{"x":1}}`,
      wrong: false,
    },
  ];
  for (const other of [[], "text", 7, null, true]) {
    bodies.push({ what: `${JSON.stringify(other)} for the whole`, body: JSON.stringify(other), wrong: true });
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const types = typesOf(field);
    for (const value of VALUES) {
      const fits = [...types].some((type) => isOf(value, type));
      bodies.push({ what: `${name}: ${JSON.stringify(value)}`, body: text({ [name]: value }), wrong: !fits });
    }
    for (const value of [...types].flatMap((type) => TROUBLE[type] ?? [])) {
      const what = `${name}: ${JSON.stringify(value).slice(0, 40)}`;
      bodies.push({ what, body: text({ [name]: value }), wrong: false });
    }
    bodies.push({ what: `${name}: a megabyte`, body: text({ [name]: MEGABYTE }), wrong: true });
    if (schema.required?.includes(name) === true) {
      bodies.push({ what: `without ${name}`, body: text({ [name]: undefined }), wrong: true });
    }
  }
  return bodies;
}

/** For path and query: `%` and what follows it is decoded on the way. */
export const HOSTILE_WORDS: readonly string[] = [
  "%00",
  "%ff%fe",
  "%ed%a0%80",
  "%c0%ae%c0%ae",
  "..%2f..%2fetc%2fpasswd",
  "%5c..%5c",
  "%",
  "%F0%9F%92%A5",
  "'--",
  "1e309",
  "-1",
  "NaN",
  "[]",
  "a".repeat(3_000),
];

export const HOSTILE_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { cookie: `__Host-medforge_session=${"a".repeat(8_000)}` },
  { cookie: `${"=;".repeat(2_000)}__Host-medforge_session=\u00ff` },
  { authorization: "Bearer mf_" },
  { authorization: `Bearer ${"\u00ff".repeat(100)}` },
  { authorization: "Bearer mf_'--" },
  { "x-forwarded-for": "999.999.999.999, \u00ff" },
  { "x-forwarded-for": "::ffff:1.2.3.4%eth0" },
  {
    "x-forwarded-host": "s-\u00ff.[::1]:99999",
    "x-forwarded-uri": "//\u00ff\\evil",
    "x-forwarded-method": "",
  },
  { "last-event-id": "9".repeat(400) },
  { "user-agent": "\u00ff".repeat(2_000) },
  { "content-type": "application/json; charset=\u00ff" },
  { "x-request-id": "\u00ff" },
];

/** Something that fits: reaches the handler, so that what is tried in one field is not refused for another. */
export function sampleOf(schema: Schema | OpenAPIV3_1.ReferenceObject | undefined): unknown {
  if (schema === undefined || "$ref" in schema) return null;
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  const branch = (schema.anyOf ?? schema.oneOf)?.[0];
  if (branch !== undefined) return sampleOf(branch);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [name, sampleOf(field)]),
      );
    case "array":
      return "items" in schema ? [sampleOf(schema.items)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    default:
      return textFor(schema);
  }
}

const TEXTS = ["x", "aaaaaaaa", ID, "a-name", `sha256:${"0".repeat(64)}`, "2026-01-02T03:04:05.678Z"];

function textFor({ pattern, minLength = 0 }: Schema): string {
  const texts = [...TEXTS, "x".repeat(minLength)].filter((text) => text.length >= minLength);
  return texts.find((text) => pattern === undefined || new RegExp(pattern, "u").test(text)) ?? "x";
}

function typesOf(schema: Schema | OpenAPIV3_1.ReferenceObject): Set<string> {
  if ("$ref" in schema) return new Set();
  if ("const" in schema) return new Set([typeof schema.const]);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return new Set(branches.flatMap((branch) => [...typesOf(branch)]));
  return new Set([schema.type ?? []].flat());
}

function isOf(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
