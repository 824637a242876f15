/**
 * A process that answers everything with the same 200 as fast as it can: a container's app, or a gate that decides
 * nothing. usage: constant.ts <host> <port> [upstream]
 */
const [hostname = "", port = "", upstream] = process.argv.slice(2);
const headers: Record<string, string> = upstream === undefined ? {} : { "X-MedForge-Upstream": upstream };
Bun.serve({ hostname, port: Number(port), routes: { "/*": new Response("hello", { headers }) } });
