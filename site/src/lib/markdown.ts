import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";

/** HTML of Markdown that an organiser wrote. micromark lets no HTML and no script address through, and the page's policy no script at all. */
export function markdownHtml(text: string): string {
  return micromark(text, { extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] });
}
