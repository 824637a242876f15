import {
  Competition,
  CompetitionDetails,
  PublicFile,
  PublicFileParam,
} from "@medforge/contracts/competitions";
import { Answer, Page } from "@medforge/contracts/envelope";
import { CompetitionParam } from "@medforge/contracts/submissions";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Competition as Row } from "@medforge/db/queries/competitions";

import { competitionAt } from "../../competitions/competition-at.ts";
import { evaluationFolder } from "../../competitions/folders.ts";
import { publicFiles } from "../../competitions/public-files.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PATHS, PageQuery, pageOf } from "../../http/cursor.ts";
import { download } from "../../http/download.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { competitionsOnWire, detailsOnWire } from "./wire.ts";

/** The competitions of one surface, and the public files of each. Boards and submissions are modules of their own. */
export function competitionsRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const tag = `${surface} competitions`;

  return router(`/${surface}/competitions`)
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          `${surface}-competitions`,
          (after, limit) => deps.db.competitions.page(exposure, after, limit),
          (competition) => competition.slug,
          (competitions) => competitionsOnWire(deps, competitions),
        ),
      {
        query: PageQuery,
        response: { 200: Page(Competition) },
        detail: about(tag, "Competitions by slug, also those that have ended"),
      },
    )
    .get(
      "/:slug",
      async ({ request, params }) => {
        const competition = await competitionAt(deps, exposure, params.slug);
        const { files } = await publicPart(deps, competition);
        const { userId } = viewerOf(request);
        return answer(deps, request, await detailsOnWire(deps, competition, files, userId));
      },
      {
        params: CompetitionParam,
        response: { 200: Answer(CompetitionDetails) },
        detail: about(tag, "One competition: rules, metrics, limits, and what is left of your day", [
          "not_found",
        ]),
      },
    )
    .get(
      "/:slug/public",
      async ({ request, params, query }) => {
        const { files } = await publicPart(deps, await competitionAt(deps, exposure, params.slug));
        return pageOf(
          deps,
          request,
          query,
          PATHS,
          async (after, limit) => behind(files, after).slice(0, limit),
          (file) => file.name,
          (page) => page,
        );
      },
      {
        params: CompetitionParam,
        query: PageQuery,
        response: { 200: Page(PublicFile) },
        detail: about(tag, "Files to download: ids, sample submission, inputs", ["not_found"]),
      },
    )
    .get(
      "/:slug/public/:file",
      async ({ params }) => {
        const { folder, files } = await publicPart(deps, await competitionAt(deps, exposure, params.slug));
        // The name is looked up, never followed: what is not in the listing is not there.
        const file = files.find(({ name }) => name === params.file);
        if (file === undefined) {
          throw new MedforgeError(
            "not_found",
            "This competition has no such public file; `…/public` lists them.",
          );
        }
        return download(`${folder}/${file.name}`, file.name.slice(file.name.lastIndexOf("/") + 1));
      },
      {
        params: PublicFileParam,
        detail: {
          ...about(tag, "One public file", ["not_found"]),
          responses: { 200: { description: "The file", content: { "application/octet-stream": {} } } },
        },
      },
    );
}

async function publicPart(deps: Deps, competition: Row) {
  const target = await deps.db.scoreIdentities.byId(competition.targetIdentityId);
  assert(target !== undefined, "a competition's target is an identity");
  const folder = evaluationFolder(deps.config.folders, competition.slug, target.publicSha256);
  return { folder, files: await publicFiles(folder) };
}

/** Compared as the listing is ordered: byte by byte. */
function behind<File extends { readonly name: string }>(files: readonly File[], after: string | undefined) {
  if (after === undefined) return files;
  const bytes = Buffer.from(after);
  return files.filter(({ name }) => Buffer.compare(Buffer.from(name), bytes) > 0);
}
