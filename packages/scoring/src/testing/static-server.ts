import { join } from "node:path";

const HTML = { "content-type": "text/html; charset=utf-8" };

/** Serves folders to a page on this machine alone: `/a/b.js` is `b.js` of the folder `a`. To be held with `using`. */
export function serveFolders(
  folders: Readonly<Record<string, string>>,
  { page = "<!doctype html>", headers = {} }: { page?: string; headers?: Record<string, string> } = {},
): Bun.Server<undefined> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const [, name = "", ...path] = new URL(request.url).pathname.split("/");
      if (name === "") return new Response(page, { headers: { ...HTML, ...headers } });
      const folder = folders[name];
      const file = folder === undefined ? undefined : Bun.file(join(folder, ...path));
      return (await file?.exists()) === true ? new Response(file) : new Response("", { status: 404 });
    },
  });
}
