import { createHash } from "node:crypto";

import { standingHeaders } from "../../http/headers.ts";

/** A page of the gate's own: one piece, so that it works where nothing else of ours answers. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly link: { readonly href: string; readonly label: string };
}

const STYLE =
  ":root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem}h1{font-size:1.5rem}small{opacity:.7}";
/** Nothing but this style, by its hash: not even a mistake of ours could run a script here. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function pageResponse(page: Page, requestId: string, headers: Record<string, string> = {}): Response {
  const title = escapeHtml(page.title);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · MedForge</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<p>${escapeHtml(page.text)}</p>
<p><a href="${escapeHtml(page.link.href)}">${escapeHtml(page.link.label)}</a></p>
<p><small>${page.status} · ${escapeHtml(requestId)}</small></p>
`;
  return new Response(html, {
    status: page.status,
    headers: {
      ...standingHeaders(requestId),
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      ...headers,
    },
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
