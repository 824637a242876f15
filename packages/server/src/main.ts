import { createApp } from "./app.ts";
import { assemble, untilToldToStop } from "./assemble.ts";
import { prepareFolders } from "./competitions/folders.ts";
import { readConfig } from "./config.ts";
import { runReconciler } from "./loops/leader.ts";
import { giveMemoryBack } from "./loops/memory.ts";
import { createSamples } from "./loops/samples.ts";
import { cutStreams } from "./loops/streams.ts";
import { metricsApp } from "./modules/metrics/index.ts";
import { createShells } from "./modules/terminal/shells.ts";

/** The API and the reconciler. Decides nothing: config, dependencies, app, loop, listen, close. */

const config = readConfig(process.env);
prepareFolders(config.folders);
const deps = assemble(config);
const stop = untilToldToStop();

const samples = createSamples(deps);
const shells = createShells(deps);
const app = createApp(deps, samples, shells).listen({
  hostname: config.listen.host,
  port: config.listen.port,
});
const metrics = metricsApp(deps).listen({
  hostname: config.metricsListen.host,
  port: config.metricsListen.port,
});
deps.log.info("server.listening", {
  host: config.listen.host,
  port: config.listen.port,
  runtime: config.runtime,
});

await Promise.all([
  runReconciler(deps, stop),
  cutStreams(deps, stop),
  giveMemoryBack(deps, stop),
  samples.run(stop),
]);
// Of `unknown`: what the app's stop returns is the whole app's type, too deep for the compiler to unwrap here.
const ends: readonly Promise<unknown>[] = [shells.close(), app.stop(true), metrics.stop(true)];
await Promise.all(ends);
deps.scorer.close();
await deps.db.close();
deps.log.info("server.stopped");
