import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";

/** Markdown that an organiser wrote. micromark lets no HTML and no script address through, and the page's policy no script at all. */
export function Markdown(props: { readonly text: string }) {
  const html = () => micromark(props.text, { extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] });
  return <div class="prose" innerHTML={html()} />;
}
