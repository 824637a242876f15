import { Niivue, NVImage, SLICE_TYPE } from "@niivue/niivue";

/**
 * Niivue, of which this file alone knows: three planes of a NIfTI volume and a mask over it. Heavy, so it is imported
 * only when somebody opens a volume.
 */

/** In voxels of the volume turned to right, anterior, superior. */
export type Place = readonly [sagittal: number, coronal: number, axial: number];

export interface Label {
  readonly value: number;
  /** As CSS has it. */
  readonly color: string;
}

export interface NiftiFile {
  readonly name: string;
  /** Not packed. */
  readonly bytes: ArrayBuffer;
}

export interface VolumeViewer {
  /** How many slices there are along each axis. */
  readonly slices: Place;
  readonly place: () => Place;
  readonly labels: readonly Label[];
  readonly moveTo: (place: Place) => void;
  /** Of the mask: 0 to 1. */
  readonly setOpacity: (opacity: number) => void;
  readonly close: () => void;
}

/** Of the masks that we know none has as many; more could not be told apart anyway. */
const LABELS_MAX = 64;
const BLACK = [0, 0, 0, 1];
const CROSSHAIR = [0.35, 0.75, 1, 0.8];

/** For the first labels colours that are told apart with any eyes (Okabe and Ito); then hues by the golden angle. */
const FIRST_COLORS: readonly (readonly [red: number, green: number, blue: number])[] = [
  [230, 159, 0],
  [213, 94, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
];

export function hasWebGl2(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  // Browsers allow a page only a few at once.
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/**
 * @param onMove the reader went to another place with the mouse or a finger
 * @throws Error when the bytes are no NIfTI volume
 */
export async function openVolumeViewer(
  canvas: HTMLCanvasElement,
  volume: NiftiFile,
  mask: NiftiFile | undefined,
  opacity: number,
  onMove: (place: Place) => void,
): Promise<VolumeViewer> {
  const niivue = new Niivue({
    logLevel: "silent",
    backColor: BLACK,
    crosshairColor: CROSSHAIR,
    // A voxel's width would hide what lies at the place itself.
    crosshairWidth: 1,
    crosshairWidthUnit: "mm",
    dragAndDropEnabled: false,
    // The page scrolls by the wheel until somebody clicks into the slices.
    scrollRequiresFocus: true,
    isNearestInterpolation: true,
    showLegend: false,
    loadingText: "",
  });
  await niivue.attachToCanvas(canvas);
  // Its keys open alerts and change modes unseen; the sliders beside it do what is needed. Still reached by a click.
  canvas.tabIndex = -1;
  for (const kind of ["keydown", "keyup"] as const)
    canvas.parentElement?.addEventListener(kind, swallow, true);
  niivue.setSliceType(SLICE_TYPE.MULTIPLANAR);

  niivue.addVolume(await NVImage.loadFromFile({ file: fileOf(volume), colormap: "gray" }));
  const back = niivue.volumes[0];
  const [, x = 0, y = 0, z = 0] = back?.dimsRAS ?? [];
  if (back === undefined || x * y * z === 0) throw new Error("It has no voxels.");
  let labels: Label[] = [];
  if (mask !== undefined) {
    const overlay = await NVImage.loadFromFile({ file: fileOf(mask), colormap: "red", opacity });
    labels = labelsOf(overlay.img ?? []);
    if (labels.length > 0) overlay.setColormapLabel(colorMapOf(labels));
    niivue.addVolume(overlay);
  }
  niivue.onLocationChange = () => onMove(place());

  function place(): Place {
    const [sagittal = 0, coronal = 0, axial = 0] = niivue.frac2vox(niivue.scene.crosshairPos);
    return [Math.round(sagittal), Math.round(coronal), Math.round(axial)];
  }
  return {
    slices: [x, y, z],
    place,
    labels,
    moveTo: ([sagittal, coronal, axial]) => {
      niivue.scene.crosshairPos = niivue.vox2frac([sagittal, coronal, axial]);
      niivue.drawScene();
    },
    setOpacity: (value) => niivue.setOpacity(1, value),
    close: () => {
      niivue.cleanup();
      niivue.gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

/** By the ending niivue knows what it is. */
function fileOf({ name, bytes }: NiftiFile): File {
  return new File([bytes], name.replace(/\.gz$/i, ""));
}

function swallow(event: Event): void {
  event.stopPropagation();
}

/** The values of a mask beside 0, ascending; none of a mask that holds something else than a few whole numbers. */
function labelsOf(voxels: ArrayLike<number>): Label[] {
  const values = new Set<number>();
  for (let at = 0; at < voxels.length; at++) {
    const value = voxels[at] ?? 0;
    if (value === 0 || values.has(value)) continue;
    if (!Number.isInteger(value) || value < 0 || values.size === LABELS_MAX) return [];
    values.add(value);
  }
  return [...values]
    .sort((a, b) => a - b)
    .map((value, at) => ({ value, color: `rgb(${colorAt(at).join(" ")})` }));
}

function colorAt(at: number): readonly number[] {
  const known = FIRST_COLORS[at];
  if (known !== undefined) return known;
  const hue = (at * 137.508) % 360;
  const channel = (shift: number) => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (0.55 - 0.35 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function colorMapOf(labels: readonly Label[]) {
  const colors = labels.map((_, at) => colorAt(at));
  const channel = (at: number) => [0, ...colors.map((color) => color[at] ?? 0)];
  return {
    R: channel(0),
    G: channel(1),
    B: channel(2),
    A: [0, ...labels.map(() => 255)],
    I: [0, ...labels.map(({ value }) => value)],
    labels: ["", ...labels.map(({ value }) => String(value))],
  };
}
