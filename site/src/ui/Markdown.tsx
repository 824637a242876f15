import { markdownHtml } from "../lib/markdown.ts";

export function Markdown(props: { readonly text: string }) {
  return <div class="prose" innerHTML={markdownHtml(props.text)} />;
}
