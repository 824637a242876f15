import { Counter, Histogram, Registry } from "prom-client";

/** What this process counts. Gauges that the database knows are read when asked, in `modules/metrics`. */
export const registry = new Registry();

export const httpRequestSeconds = new Histogram({
  name: "medforge_http_request_seconds",
  help: "Time from a request's first byte to its answer",
  labelNames: ["method", "route", "status"],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [registry],
});

export const gateAnswers = new Counter({
  name: "medforge_gate_answers_total",
  help: "What requests for hosts of sessions were answered, by why",
  labelNames: ["answer"],
  registers: [registry],
});

export const reconcileSeconds = new Histogram({
  name: "medforge_reconcile_seconds",
  help: "Time of one pass of the reconciler",
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers: [registry],
});

export const reconcileFailures = new Counter({
  name: "medforge_reconcile_failures_total",
  help: "Steps of the reconciler that failed and will be tried again",
  labelNames: ["step"],
  registers: [registry],
});

export const sessionStartSeconds = new Histogram({
  name: "medforge_session_start_seconds",
  help: "Time from STARTING to RUNNING",
  buckets: [0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60],
  registers: [registry],
});
