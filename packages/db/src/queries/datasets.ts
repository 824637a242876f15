import { and, asc, count, eq, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";

import { datasetFiles, datasets } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

/** `createdAt` is when what is there now was imported. */
export type Dataset = typeof datasets.$inferSelect;
export type DatasetFile = Pick<typeof datasetFiles.$inferSelect, "path" | "bytes" | "sha256">;

const ROWS_AT_ONCE = 1_000;
const FILE = { path: datasetFiles.path, bytes: datasetFiles.bytes, sha256: datasetFiles.sha256 };

/** @param endings in lower case; a path may have them in any */
function endsWith(endings: readonly string[]): SQL | undefined {
  return or(
    ...endings.map((ending) => sql`right(lower(${datasetFiles.path}), ${ending.length}) = ${ending}`),
  );
}

export function datasetQueries(q: Queryable) {
  const shownOn = (exposure: "EXTERNAL" | "INTERNAL") =>
    and(isNull(datasets.retiredAt), inArray(datasets.exposure, [exposure, "BOTH"]));

  return {
    /** Fails with a duplicate on `datasets_slug`. */
    async add(dataset: Dataset): Promise<void> {
      await q.insert(datasets).values(dataset);
    },

    async update(id: string, set: Partial<Omit<Dataset, "id" | "slug">>): Promise<void> {
      await q.update(datasets).set(set).where(eq(datasets.id, id));
    },

    /** New sessions do not get it any more. @returns false when there is none, or it is retired already */
    async retire(slug: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(datasets)
        .set({ retiredAt: at })
        .where(and(eq(datasets.slug, slug), isNull(datasets.retiredAt)));
      return result.affectedRows === 1;
    },

    async bySlug(slug: string): Promise<Dataset | undefined> {
      return (await q.select().from(datasets).where(eq(datasets.slug, slug)).limit(1))[0];
    },

    /** Retired ones too. */
    async all(): Promise<Dataset[]> {
      return q.select().from(datasets).orderBy(asc(datasets.slug));
    },

    /** Inside a transaction: nobody else changes it or its listing until that ends. */
    async lock(slug: string): Promise<Dataset | undefined> {
      return (await q.select().from(datasets).where(eq(datasets.slug, slug)).limit(1).for("update"))[0];
    },

    /** Those of a surface by slug, after the one named. */
    async page(
      exposure: "EXTERNAL" | "INTERNAL",
      after: string | undefined,
      limit: number,
    ): Promise<Dataset[]> {
      return q
        .select()
        .from(datasets)
        .where(and(shownOn(exposure), after === undefined ? undefined : gt(datasets.slug, after)))
        .orderBy(asc(datasets.slug))
        .limit(limit);
    },

    /** What sessions of a surface get to see, and the hash that names its folder. */
    async forSessions(exposure: "EXTERNAL" | "INTERNAL"): Promise<Pick<Dataset, "slug" | "treeSha256">[]> {
      return q
        .select({ slug: datasets.slug, treeSha256: datasets.treeSha256 })
        .from(datasets)
        .where(shownOn(exposure))
        .orderBy(asc(datasets.slug));
    },

    /** Inside a transaction: afterwards the listing is this one. */
    async replaceFiles(datasetId: string, files: readonly DatasetFile[]): Promise<void> {
      await q.delete(datasetFiles).where(eq(datasetFiles.datasetId, datasetId));
      for (let at = 0; at < files.length; at += ROWS_AT_ONCE) {
        const rows = files.slice(at, at + ROWS_AT_ONCE).map((file) => ({ ...file, datasetId }));
        await q.insert(datasetFiles).values(rows);
      }
    },

    /** The listing in the order of the paths' bytes, after the one named. @param endings only what ends so */
    async files(
      datasetId: string,
      after: string | undefined,
      limit: number,
      endings?: readonly string[],
    ): Promise<DatasetFile[]> {
      return q
        .select(FILE)
        .from(datasetFiles)
        .where(
          and(
            eq(datasetFiles.datasetId, datasetId),
            after === undefined ? undefined : gt(datasetFiles.path, after),
            endings === undefined ? undefined : endsWith(endings),
          ),
        )
        .orderBy(asc(datasetFiles.path))
        .limit(limit);
    },

    /** Those of these paths that are in the listing, in no order. */
    async filesAt(datasetId: string, paths: readonly string[]): Promise<DatasetFile[]> {
      if (paths.length === 0) return [];
      return q
        .select(FILE)
        .from(datasetFiles)
        .where(and(eq(datasetFiles.datasetId, datasetId), inArray(datasetFiles.path, [...paths])));
    },

    /** How many files end with one of these. */
    async countFiles(datasetId: string, endings: readonly string[]): Promise<number> {
      const [row] = await q
        .select({ files: count() })
        .from(datasetFiles)
        .where(and(eq(datasetFiles.datasetId, datasetId), endsWith(endings)));
      return row?.files ?? 0;
    },

    /** A dataset and one file of its listing, of the same import; the path as recorded, to the byte. */
    async withFile(
      slug: string,
      path: string,
    ): Promise<{ readonly dataset: Dataset; readonly file: DatasetFile } | undefined> {
      const [row] = await q
        .select({ dataset: datasets, file: FILE })
        .from(datasets)
        .innerJoin(datasetFiles, and(eq(datasetFiles.datasetId, datasets.id), eq(datasetFiles.path, path)))
        .where(eq(datasets.slug, slug))
        .limit(1);
      // To the database "a" and "a " are the same.
      return row?.file.path === path ? row : undefined;
    },
  };
}
