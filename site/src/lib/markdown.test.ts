import { expect, test } from "bun:test";

import { markdownHtml } from "./markdown.ts";

test("headings, links and tables come through", () => {
  const html = markdownHtml("# Cells\n\n[data](https://example.org/a)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n");
  expect(html).toContain("<h1>Cells</h1>");
  expect(html).toContain('<a href="https://example.org/a">data</a>');
  expect(html).toContain("<td>2</td>");
});

test("no element, no handler and no script address of an organiser's text reaches the page", () => {
  const traps = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <b onclick=alert(1)>bold</b>",
    "[go](javascript:alert(1))",
    "[go](JAVAscript:alert(1))",
    "[go](&#106;avascript:alert(1))",
    "[go](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    '![x](https://example.org/a.png "a\\" onerror=alert(1)")',
    "| a |\n| - |\n| <svg onload=alert(1)> |\n",
  ];
  for (const trap of traps) {
    const html = markdownHtml(trap);
    const tags = [...html.matchAll(/<(\w+)((?:\s+[\w-]+="[^"]*")*)\s*\/?>/g)];
    // Everything that looks like an element is one of Markdown's own, with quoted attributes that run nothing.
    expect(html.split("<").length - 1).toBe(tags.length + html.split("</").length - 1);
    for (const [tag, name = "", attributes = ""] of tags) {
      expect(`${trap}: ${/^(p|a|img|table|thead|tbody|tr|th|td)$/.test(name) ? "" : tag}`).toBe(`${trap}: `);
      expect(attributes).not.toMatch(/\son\w+="|="(?:javascript|data):/i);
    }
  }
});
