import { MedforgeError } from "@medforge/core/errors";
import { t } from "elysia";

import type { Deps } from "../deps.ts";
import { type Meta, metaOf } from "./envelope.ts";

/** Lists are paged by key, never by offset: what is added or removed meanwhile repeats and loses nothing. */

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;

export const pageQuery = {
  limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMIT_MAX, description: `Default ${LIMIT_DEFAULT}` })),
  cursor: t.Optional(t.String({ maxLength: 1_000, description: "`meta.next_cursor` of the page before" })),
};
export const PageQuery = t.Object(pageQuery, { additionalProperties: false });

export interface PageWish {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A list whose keys are not ids, slugs or names. */
export interface List {
  readonly name: string;
  readonly key: RegExp;
}

const KEY = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** Files by path: no control characters, and no longer than the database keeps. */
export const PATHS: List = { name: "files", key: /^[^\p{Cc}]{1,500}$/u };

const listOf = (list: string | List): List => (typeof list === "string" ? { name: list, key: KEY } : list);

/** @param list which list it belongs to: a cursor of one is not one of another */
export function cursorFrom(list: string | List, key: string): string {
  return Buffer.from(`${listOf(list).name}:${key}`).toString("base64url");
}

/** @throws MedforgeError `malformed_request` */
export function keyFrom(list: string | List, cursor: string): string {
  const { name, key: pattern } = listOf(list);
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const key = text.slice(name.length + 1);
  if (!text.startsWith(`${name}:`) || !pattern.test(key)) {
    throw badCursor();
  }
  return key;
}

export function badCursor(): MedforgeError {
  return new MedforgeError(
    "malformed_request",
    "That cursor is not one of this list. Start again without a cursor.",
  );
}

/** One page of rows that are listed by their ids and shown one by one: what most lists are. */
export function pageById<Row extends { readonly id: string }, Wire>(
  deps: Pick<Deps, "clock">,
  request: Request,
  wish: PageWish,
  list: string,
  load: (id: string | undefined, limit: number) => Promise<readonly Row[]>,
  show: (row: Row) => Wire,
) {
  return pageOf(
    deps,
    request,
    wish,
    list,
    load,
    ({ id }) => id,
    (rows) => rows.map(show),
  );
}

/**
 * One page.
 * @param load at most `limit` rows beyond the one with this key, in the list's order
 * @param show may need all rows of the page at once, for example to count for all of them together
 */
export async function pageOf<Row, Wire>(
  deps: Pick<Deps, "clock">,
  request: Request,
  wish: PageWish,
  list: string | List,
  load: (key: string | undefined, limit: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
  show: (rows: readonly Row[]) => readonly Wire[] | Promise<readonly Wire[]>,
): Promise<{ data: Wire[]; meta: Meta & { limit: number; next_cursor: string | null; has_more: boolean } }> {
  const limit = wish.limit ?? LIMIT_DEFAULT;
  const key = wish.cursor === undefined ? undefined : keyFrom(list, wish.cursor);
  const found = await load(key, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    data: [...(await show(rows))],
    meta: {
      ...metaOf(deps, request),
      limit,
      next_cursor: hasMore ? cursorFrom(list, keyOf(last)) : null,
      has_more: hasMore,
    },
  };
}
