import { expect, test } from "bun:test";
import { join } from "node:path";

import { CHECKOUT } from "../../src/host/places.ts";
import { OF_ADMINS, OF_MEMBERS, OF_STRANGERS } from "./pages.ts";

test("the list of pages names every page that is built, and no other", () => {
  const built = [...new Bun.Glob("**/*.astro").scanSync(join(CHECKOUT, "site/src/pages"))]
    .map((file) => `/${file.replace(/(^|\/)index\.astro$/, "$1").replace(/\.astro$/, "/")}`)
    .map((path) => path.replace(/\[\w+\]/g, "_"))
    .filter((path) => path !== "/404/");
  const listed = [...OF_STRANGERS, ...OF_MEMBERS, ...OF_ADMINS].map((path) => path.replace(/<\w+>/g, "_"));
  expect(listed.sort()).toEqual(built.sort());
});
