import { Answer, Page } from "@medforge/contracts/envelope";
import {
  CompetitionParam,
  SubmissionDetails as Shown,
  Submission,
  SubmissionParam,
  SubmissionReceipt,
} from "@medforge/contracts/submissions";
import type { Viewer } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Competition } from "@medforge/db/queries/competitions";
import type { SubmissionDetails } from "@medforge/db/queries/submissions";

import { competitionAt } from "../../competitions/competition-at.ts";
import { submissionFile } from "../../competitions/folders.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { download } from "../../http/download.ts";
import { answer } from "../../http/envelope.ts";
import { factsOf } from "../../http/facts.ts";
import { FILE_FORM, SILENCE_S } from "../../http/form-file.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { manifestOf } from "./manifest.ts";
import { submit } from "./submit.ts";
import { casesOnWire, receiptOnWire, submissionOnWire, submissionsOnWire } from "./wire.ts";
import { withdrawSubmission } from "./withdraw.ts";

/** Submissions to the competitions of one surface; everybody sees their own. */
export function submissionsRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const tag = `${surface} submissions`;

  return router(`/${surface}/competitions/:slug/submissions`)
    .post(
      "",
      async ({ request, params, status, server }) => {
        const viewer = viewerOf(request);
        const competition = await competitionAt(deps, exposure, params.slug);
        server?.timeout(request, SILENCE_S);
        const receipt = await submit(deps, viewer, competition, request);
        const data = answer(deps, request, await receiptOnWire(deps, receipt));
        if (receipt.known) return status(200, data);
        deps.log.info("submission.queued", {
          request_id: factsOf(request).requestId,
          submission_id: receipt.details.submission.id,
          user_id: viewer.userId,
          slug: competition.slug,
        });
        return status(201, data);
      },
      {
        params: CompetitionParam,
        response: { 200: Answer(SubmissionReceipt), 201: Answer(SubmissionReceipt) },
        detail: {
          ...about(
            tag,
            "Submit a file to be scored",
            [
              "not_found",
              "state_conflict",
              "submission_invalid",
              "rate_limited",
              "daily_cap_reached",
              "runtime_unavailable",
              "storage_full",
            ],
            "A form with one file. 201: it is queued. 200: you have submitted these very bytes before, see `identical_to`; nothing counted.",
          ),
          requestBody: FILE_FORM,
        },
      },
    )
    .get(
      "/me",
      async ({ request, params, query }) => {
        const competition = await competitionAt(deps, exposure, params.slug);
        const filter = { competitionId: competition.id, userId: viewerOf(request).userId };
        return pageOf(
          deps,
          request,
          query,
          `${surface}-submissions`,
          (before, limit) => deps.db.submissions.page(filter, before, limit),
          ({ submission }) => submission.id,
          (rows) => submissionsOnWire(deps, rows),
        );
      },
      {
        params: CompetitionParam,
        query: PageQuery,
        response: { 200: Page(Submission) },
        detail: about(tag, "Your submissions to a competition, newest first", ["not_found"]),
      },
    )
    .get(
      "/:id",
      async ({ request, params }) => {
        const { details, competition } = await own(deps, viewerOf(request), exposure, params);
        const cases = manifestOf(competition).ownersSeeCases ? await casesOnWire(deps, details.run) : null;
        return answer(deps, request, { ...(await submissionOnWire(deps, details)), cases });
      },
      {
        params: SubmissionParam,
        response: { 200: Answer(Shown) },
        detail: about(tag, "One of your submissions", ["not_found"]),
      },
    )
    .get(
      "/:id/file",
      async ({ request, params }) => {
        const { details } = await own(deps, viewerOf(request), exposure, params);
        const { id, fileName } = details.submission;
        return download(submissionFile(deps.config.folders, id), fileName);
      },
      {
        params: SubmissionParam,
        detail: {
          ...about(tag, "The file of one of your submissions, as you sent it", ["not_found"]),
          responses: { 200: { description: "The file", content: { "application/octet-stream": {} } } },
        },
      },
    )
    .post(
      "/:id/withdraw",
      async ({ request, params }) => {
        const viewer = viewerOf(request);
        const { details } = await own(deps, viewer, exposure, params);
        const withdrawn = await withdrawSubmission(deps, details.submission.id);
        deps.log.info("submission.withdrawn", {
          request_id: factsOf(request).requestId,
          submission_id: details.submission.id,
          user_id: viewer.userId,
        });
        return answer(deps, request, await submissionOnWire(deps, withdrawn));
      },
      {
        params: SubmissionParam,
        response: { 200: Answer(Submission) },
        detail: about(
          tag,
          "Withdraw a submission",
          ["not_found"],
          "Your next best appears on the board at once. It still counts for its day, and cannot be undone.",
        ),
      },
    );
}

/** @throws MedforgeError `not_found`, also for somebody else's */
async function own(
  deps: Deps,
  viewer: Viewer,
  surface: Exposure,
  { slug, id }: { readonly slug: string; readonly id: string },
): Promise<{ competition: Competition; details: SubmissionDetails }> {
  const competition = await competitionAt(deps, surface, slug);
  const details = await deps.db.submissions.byId(id);
  if (
    details === undefined ||
    details.submission.userId !== viewer.userId ||
    details.submission.competitionId !== competition.id
  ) {
    throw new MedforgeError("not_found", "You have no such submission to this competition.");
  }
  return { competition, details };
}
