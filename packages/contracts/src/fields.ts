import { type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";

/** The kinds of values that every noun is made of. Patterns, not formats: the same check in every validator. */

/** An object that refuses fields it does not know, on the way in and on the way out. */
export const Exactly = <P extends TProperties>(
  properties: P,
  options: { readonly description?: string; readonly minProperties?: number } = {},
): TObject<P> => Type.Object(properties, { ...options, additionalProperties: false });

export const OrNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** UUIDv7 for everything we make; any version is taken when looking things up. */
export const Id = Type.String({
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  description: "UUID in lower case",
  examples: ["01890a5d-ac96-774b-bcce-b302099a8057"],
});

export const Instant = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$",
  description: "RFC 3339, UTC, milliseconds",
  examples: ["2026-01-02T03:04:05.678Z"],
});

/** Text that people read: no control characters, and not only spaces at its ends. */
export const Text = (maxLength: number) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: "^(?!\\s)[^\\u0000-\\u001f\\u007f\\u2028\\u2029]+(?<!\\s)$",
  });

export const Bytes = Type.Integer({ minimum: 0, description: "bytes" });

export const SlugText = Type.String({ pattern: "^[a-z2-7]{8}$", description: "8 characters of base32" });

export const IdParam = Exactly({ id: Id });
