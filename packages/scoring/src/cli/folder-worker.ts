import { parentPort } from "node:worker_threads";

import { Workspace } from "../kernels/workspace.ts";
import { type CaseJob, doCase } from "./case-job.ts";

/** One of the workers of `medforge-score folder`: a workspace of its own, one case after the other. */
const workspace = await Workspace.create();
parentPort?.on("message", async (job: CaseJob) => parentPort?.postMessage(await doCase(workspace, job)));
