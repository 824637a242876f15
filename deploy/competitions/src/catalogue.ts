import { basename } from "node:path";

import { cifar100 } from "../cifar-100-classification/prepare.ts";
import { oxfordPet } from "../oxford-pet-segmentation/prepare.ts";
import { phantomLesion } from "../phantom-lesion-segmentation/prepare.ts";
import { rsna } from "../rsna-pneumonia-detection/prepare.ts";
import { titanic } from "../titanic-survival/prepare.ts";
import type { Permanent } from "./permanent.ts";

/** The permanent competitions by slug, which is also the name of their folder. */
export const permanentCompetitions: Readonly<Record<string, Permanent>> = Object.fromEntries(
  [titanic, rsna, cifar100, oxfordPet, phantomLesion].map((one) => [basename(one.folder), one]),
);
