import { join } from "node:path";

import type { CompetitionFolders } from "../config.ts";

/** Where the files of competitions are. Names are ours: slugs, hashes and ids, never what someone called a file. */

/** Public evaluation data: `ids.csv`, `geometry.json`, inputs, the sample submission. */
export function evaluationFolder(folders: CompetitionFolders, slug: string, publicSha256: string): string {
  return join(folders.evaluation, slug, publicSha256);
}

/** Hidden references. Only the worker and an import go there. */
export function holdoutFolder(folders: CompetitionFolders, slug: string, holdoutSha256: string): string {
  return join(folders.holdouts, slug, holdoutSha256);
}

/** One of 256 folders by the id's random end, so that none of them gets too long a list. */
export function submissionFile(folders: CompetitionFolders, id: string): string {
  return join(folders.submissions, id.slice(-12, -10), id);
}
