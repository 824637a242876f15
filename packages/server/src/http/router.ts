import { Elysia } from "elysia";

/** Where routes are added. Fields that nobody knows are refused, not silently dropped. */
export function router<const Prefix extends string>(prefix: Prefix) {
  return new Elysia({ prefix, normalize: false });
}
