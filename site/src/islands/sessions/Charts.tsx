import type { SessionSample, SessionSamples } from "@medforge/contracts/sessions";
import { createEffect, createMemo, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { ask, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";

const LOOK_EVERY_MS = 10_000;
const LIVE_SAMPLES = 30;
const HEIGHT_PX = 130;

interface Chart {
  readonly name: string;
  readonly of: (sample: SessionSample) => number | null;
  readonly text: (value: number) => string;
  /** Where the scale ends, whatever is measured. */
  readonly max?: (samples: SessionSamples) => number;
}

const percent = (value: number) => `${Math.round(value)} %`;
const CHARTS: readonly Chart[] = [
  { name: "CPU", of: (sample) => sample.cpu_percent, text: percent, max: ({ cpus }) => 100 * cpus },
  {
    name: "Memory",
    of: (sample) => sample.memory_bytes,
    text: bytesText,
    max: (all) => all.memory_bytes_max,
  },
  { name: "GPU", of: (sample) => sample.gpu_percent, text: percent, max: () => 100 },
  { name: "GPU memory", of: (sample) => sample.gpu_memory_bytes, text: bytesText },
  { name: "Workspace", of: (sample) => sample.workspace_bytes, text: bytesText },
];

/** What the session uses, live and in the last hour. What is not measured here is said, not drawn as nothing. */
export function Charts(props: { readonly id: string }) {
  const [live, setLive] = createSignal(true);
  const samples = createAsked(() => ask(here.sessions({ id: props.id }).samples.get()), {
    everyMs: LOOK_EVERY_MS,
  });
  return (
    <Card
      title="What it uses"
      side={
        <label class="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={!live()}
            onChange={(event) => setLive(!event.currentTarget.checked)}
          />
          the whole hour
        </label>
      }
    >
      <Asked of={samples}>
        {(all) => (
          <div class="grid gap-5 sm:grid-cols-2 lg:grid-cols-3">
            <For each={CHARTS}>
              {(chart) => (
                <Show
                  when={all().samples.some((sample) => chart.of(sample) !== null)}
                  fallback={
                    <p class="text-sm text-soft">
                      <span class="font-medium text-ink">{chart.name}</span>
                      <br />
                      {all().samples.length === 0
                        ? "Measured every few seconds; a moment."
                        : "Not measured here."}
                    </p>
                  }
                >
                  <Line
                    chart={chart}
                    all={all()}
                    shown={live() ? all().samples.slice(-LIVE_SAMPLES) : all().samples}
                  />
                </Show>
              )}
            </For>
          </div>
        )}
      </Asked>
    </Card>
  );
}

/** uPlot comes with the first line that is drawn. */
function Line(props: {
  readonly chart: Chart;
  readonly all: SessionSamples;
  readonly shown: readonly SessionSample[];
}) {
  let box: HTMLDivElement | undefined;
  const [plot, setPlot] = createSignal<uPlot>();
  // Read after uPlot has come, too, when nothing owns what a property computes.
  const shown = createMemo(() => props.shown);
  const latest = () => shown().findLast((sample) => props.chart.of(sample) !== null);
  const data = (): uPlot.AlignedData => [
    shown().map(({ at }) => Date.parse(at) / 1000),
    shown().map(props.chart.of),
  ];
  const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name);
  let gone = false;
  onMount(async () => {
    const { default: UPlot } = await import("uplot");
    if (box === undefined || gone) return;
    const { chart, all } = props;
    const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 } };
    setPlot(
      new UPlot(
        {
          width: box.clientWidth,
          height: HEIGHT_PX,
          legend: { show: false },
          cursor: { show: false },
          scales: { y: { range: (_, __, high) => [0, chart.max?.(all) ?? Math.max(high * 1.1, 1)] } },
          axes: [
            { ...axis, size: 24 },
            { ...axis, size: 64, values: (_, ticks) => ticks.map(chart.text) },
          ],
          series: [{}, { stroke: colour("--accent"), width: 2, spanGaps: false }],
        },
        data(),
        box,
      ),
    );
  });
  createEffect(() => plot()?.setData(data()));
  onCleanup(() => {
    gone = true;
    plot()?.destroy();
  });
  return (
    <figure class="min-w-0">
      <figcaption class="flex justify-between text-sm">
        <span class="font-medium">{props.chart.name}</span>
        <span class="tabular-nums text-soft">
          <Show when={latest()}>{(sample) => props.chart.text(props.chart.of(sample()) ?? 0)}</Show>
        </span>
      </figcaption>
      <div ref={box} aria-hidden="true" style={{ height: `${HEIGHT_PX}px` }} />
    </figure>
  );
}
