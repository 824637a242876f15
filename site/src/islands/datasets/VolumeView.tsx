import type { DatasetFile } from "@medforge/contracts/datasets";
import { createSignal, createUniqueId, For, onCleanup, onMount, Show } from "solid-js";

import { type ReadOptions, readWhole } from "../../lib/dataset-file.ts";
import { bytesText } from "../../lib/format.ts";
import { ApiProblem } from "../../lib/problem.ts";
import type { Place, VolumeViewer } from "../../lib/volume-viewer.ts";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";

const BYTES_MAX = 256 << 20;
const EXPANDED_BYTES_MAX = 1 << 30;
const OPACITY = 0.5;
const AXES = ["Sagittal", "Coronal", "Axial"] as const;

/** Three planes of a NIfTI volume with its mask over it. Everything that the mouse does in them the sliders do as well. */
export default function VolumeView(props: { readonly slug: string; readonly file: DatasetFile }) {
  const [loaded, setLoaded] = createSignal(0);
  const [viewer, setViewer] = createSignal<VolumeViewer>();
  const [place, setPlace] = createSignal<Place>([0, 0, 0]);
  const [opacity, setOpacity] = createSignal(OPACITY);
  const [problem, setProblem] = createSignal<ApiProblem>();
  const [whyNot, setWhyNot] = createSignal<string>();
  const leave = new AbortController();
  let canvas: HTMLCanvasElement | undefined;

  onMount(() => {
    open().catch((fault: unknown) => {
      if (leave.signal.aborted) return;
      if (fault instanceof ApiProblem) setProblem(fault);
      else setWhyNot(fault instanceof Error ? fault.message : String(fault));
    });
  });
  onCleanup(() => {
    leave.abort();
    viewer()?.close();
  });

  async function open(): Promise<void> {
    if (canvas === undefined) return;
    const { hasWebGl2, openVolumeViewer } = await import("../../lib/volume-viewer.ts");
    if (!hasWebGl2()) {
      throw new Error(
        "This browser has no WebGL 2, which draws the slices. Turn on graphics acceleration in its settings, or download the file.",
      );
    }
    const { file, slug } = props;
    const options = (onProgress: (fraction: number) => void): ReadOptions => ({
      bytesMax: BYTES_MAX,
      expandedBytesMax: EXPANDED_BYTES_MAX,
      signal: leave.signal,
      onProgress,
    });
    const volume = { name: file.path, bytes: await readWhole(slug, file, options(setLoaded)) };
    const mask =
      file.mask === null
        ? undefined
        : {
            name: file.mask.path,
            bytes: await readWhole(
              slug,
              file.mask,
              options(() => {}),
            ),
          };
    const opened = await openVolumeViewer(canvas, volume, mask, OPACITY, setPlace);
    // Closed while it was being read.
    if (leave.signal.aborted) return opened.close();
    setPlace(opened.place());
    setViewer(opened);
  }

  function move(axis: number, slice: number): void {
    const [sagittal, coronal, axial] = place();
    const there: Place = [
      axis === 0 ? slice : sagittal,
      axis === 1 ? slice : coronal,
      axis === 2 ? slice : axial,
    ];
    setPlace(there);
    viewer()?.moveTo(there);
  }

  return (
    <div
      class="grid gap-4"
      aria-busy={viewer() === undefined && whyNot() === undefined && problem() === undefined}
    >
      <ProblemNotice problem={problem()} />
      <Show when={whyNot()}>
        {(why) => (
          <Notice tone="bad" title="It cannot be shown">
            {why()}
          </Notice>
        )}
      </Show>
      <Show when={whyNot() === undefined && problem() === undefined}>
        <Show when={viewer() === undefined}>
          <p role="status" class="text-sm text-soft">
            Reading {bytesText(props.file.bytes)}: {Math.round(100 * loaded())} %
          </p>
        </Show>
        <div class="h-[60vh] min-h-72 overflow-hidden rounded-md bg-black">
          <canvas
            ref={canvas}
            role="img"
            aria-label={`Slices of ${props.file.path}: sagittal ${place()[0] + 1}, coronal ${place()[1] + 1}, axial ${place()[2] + 1}`}
          />
        </div>
        <Show when={viewer()}>
          {(open) => (
            <div class="grid gap-x-6 gap-y-3 sm:grid-cols-2">
              <For each={AXES}>
                {(name, axis) => (
                  <Slider
                    label={`${name} slice`}
                    text={`${(place()[axis()] ?? 0) + 1} of ${open().slices[axis()]}`}
                    max={(open().slices[axis()] ?? 1) - 1}
                    step={1}
                    value={place()[axis()] ?? 0}
                    onInput={(slice) => move(axis(), slice)}
                  />
                )}
              </For>
              <Show when={props.file.mask}>
                {(mask) => (
                  <div class="grid gap-2">
                    <Slider
                      label="Opacity of the mask"
                      text={`${Math.round(100 * opacity())} %`}
                      max={1}
                      step={0.05}
                      value={opacity()}
                      onInput={(value) => {
                        setOpacity(value);
                        open().setOpacity(value);
                      }}
                    />
                    <ul
                      aria-label={`Labels of ${mask().path}`}
                      class="flex flex-wrap gap-x-4 gap-y-1 text-sm"
                    >
                      <For each={open().labels}>
                        {(label) => (
                          <li class="flex items-center gap-2">
                            <span
                              aria-hidden="true"
                              class="inline-block size-3 rounded-sm border border-line"
                              style={{ background: label.color }}
                            />
                            label {label.value}
                          </li>
                        )}
                      </For>
                    </ul>
                  </div>
                )}
              </Show>
            </div>
          )}
        </Show>
      </Show>
    </div>
  );
}

function Slider(props: {
  readonly label: string;
  readonly text: string;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly onInput: (value: number) => void;
}) {
  const id = createUniqueId();
  return (
    <div class="grid content-start gap-1">
      <div class="flex justify-between gap-2 text-sm">
        <label for={id} class="font-medium">
          {props.label}
        </label>
        <span class="text-soft">{props.text}</span>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.text}
        class="w-full accent-[var(--accent)]"
        onInput={(event) => props.onInput(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
