import {
  Dataset,
  DatasetDetails,
  DatasetFile,
  DatasetFileParam,
  DatasetParam,
  PreviewKind,
} from "@medforge/contracts/datasets";
import { Answer, Page } from "@medforge/contracts/envelope";
import { packFits } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Dataset as Row } from "@medforge/db/queries/datasets";
import { t } from "elysia";

import { recordedFile } from "../../competitions/dataset-file.ts";
import { datasetFolder } from "../../competitions/folders.ts";
import { contentTypeOf, endingsOf } from "../../competitions/previews.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PATHS, PageQuery, pageOf, pageQuery } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { serveFile } from "../../http/serve-file.ts";
import { datasetOnWire, detailsOnWire, filesOnWire } from "./wire.ts";

const FilesQuery = t.Object(
  { ...pageQuery, preview: t.Optional(PreviewKind) },
  { additionalProperties: false },
);

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
        answer(deps, request, await detailsOnWire(deps, await datasetAt(deps, exposure, params.slug))),
      {
        params: DatasetParam,
        response: { 200: Answer(DatasetDetails) },
        detail: about(tag, "One dataset with its licence, source, size and hash", ["not_found"]),
      },
    )
    .get(
      "/:slug/files",
      async ({ request, params, query }) => {
        const { id } = await datasetAt(deps, exposure, params.slug);
        const endings = query.preview === undefined ? undefined : endingsOf(query.preview);
        return pageOf(
          deps,
          request,
          query,
          PATHS,
          (after, limit) => deps.db.datasets.files(id, after, limit, endings),
          (file) => file.path,
          (files) => filesOnWire(deps, id, files),
        );
      },
      {
        params: DatasetParam,
        query: FilesQuery,
        response: { 200: Page(DatasetFile) },
        detail: about(tag, "The files of a dataset with their hashes, by path", ["not_found"]),
      },
    )
    .get(
      "/:slug/files/:file",
      async ({ request, params }) => {
        // The path is looked up in what the import recorded, never followed: what is not in there is not there.
        const found = await deps.db.datasets.withFile(params.slug, params.file);
        if (found === undefined || !packFits(found.dataset.exposure, exposure)) {
          throw new MedforgeError("not_found", "There is no such file; `…/files` lists them.");
        }
        const { dataset, file } = found;
        if (dataset.retiredAt !== null) {
          throw new MedforgeError(
            "not_found",
            "The dataset is retired: its files are not given out any more.",
          );
        }
        return serveFile(request, {
          ...file,
          path: await recordedFile(
            datasetFolder(deps.config.folders, dataset.slug, dataset.treeSha256),
            file,
          ),
          name: file.path.slice(file.path.lastIndexOf("/") + 1),
          contentType: contentTypeOf(file.path),
        });
      },
      {
        params: DatasetFileParam,
        detail: {
          ...about(tag, "One file of a dataset, or a part of it", ["not_found"]),
          responses: {
            200: { description: "The file", content: { "application/octet-stream": {} } },
            206: {
              description: "The range that was asked for",
              content: { "application/octet-stream": {} },
            },
            304: { description: "`If-None-Match` names it: its tag is its SHA-256" },
            416: { description: "The range begins beyond its end" },
          },
        },
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
