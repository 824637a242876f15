import { Dataset, DatasetFile, DatasetParam } from "@medforge/contracts/datasets";
import { Answer, Page } from "@medforge/contracts/envelope";
import { packFits } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Dataset as Row } from "@medforge/db/queries/datasets";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PATHS, PageQuery, pageOf } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { datasetOnWire } from "./wire.ts";

/** The datasets of one surface: training data that its sessions read at `/datasets/<slug>`. */
export function datasetsRoutes<const Surface extends "external" | "internal">(deps: Deps, surface: Surface) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const tag = `${surface} datasets`;

  return router(`/${surface}/datasets`)
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          `${surface}-datasets`,
          (after, limit) => deps.db.datasets.page(exposure, after, limit),
          (dataset) => dataset.slug,
          (datasets) => datasets.map(datasetOnWire),
        ),
      {
        query: PageQuery,
        response: { 200: Page(Dataset) },
        detail: about(tag, "Datasets that new sessions get, by slug"),
      },
    )
    .get(
      "/:slug",
      async ({ request, params }) =>
        answer(deps, request, datasetOnWire(await datasetAt(deps, exposure, params.slug))),
      {
        params: DatasetParam,
        response: { 200: Answer(Dataset) },
        detail: about(tag, "One dataset with its licence, source, size and hash", ["not_found"]),
      },
    )
    .get(
      "/:slug/files",
      async ({ request, params, query }) => {
        const { id } = await datasetAt(deps, exposure, params.slug);
        return pageOf(
          deps,
          request,
          query,
          PATHS,
          (after, limit) => deps.db.datasets.files(id, after, limit),
          (file) => file.path,
          (files) => files,
        );
      },
      {
        params: DatasetParam,
        query: PageQuery,
        response: { 200: Page(DatasetFile) },
        detail: about(tag, "The files of a dataset with their hashes, by path", ["not_found"]),
      },
    );
}

/** @throws MedforgeError `not_found`, also for one of the other surface */
async function datasetAt(deps: Deps, surface: Exposure, slug: string): Promise<Row> {
  const dataset = await deps.db.datasets.bySlug(slug);
  if (dataset === undefined || !packFits(dataset.exposure, surface)) {
    throw new MedforgeError("not_found", "There is no such dataset on this surface.");
  }
  return dataset;
}
