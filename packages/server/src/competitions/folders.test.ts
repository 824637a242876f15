import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CompetitionFolders } from "../config.ts";
import { prepareFolders } from "./folders.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mf-folders-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const NAMES = ["datasets", "evaluation", "holdouts", "submissions"] as const;

function apart(): CompetitionFolders {
  return {
    datasets: join(root, "datasets"),
    evaluation: join(root, "evaluation"),
    holdouts: join(root, "holdouts"),
    submissions: join(root, "submissions"),
  };
}

test("four folders side by side are made, and only the server gets into what is hidden", () => {
  prepareFolders(apart());
  prepareFolders(apart());
  const modeOf = (name: string) => statSync(join(root, name)).mode & 0o777;
  expect(NAMES.map(modeOf)).toEqual([0o755, 0o755, 0o700, 0o700]);
});

test("any two of them that are one, in each other, or linked to each other are refused", () => {
  for (const inner of NAMES) {
    for (const outer of NAMES) {
      if (inner === outer) continue;
      const folders = apart();
      const ways: Record<string, () => CompetitionFolders> = {
        "the same path": () => ({ ...folders, [inner]: folders[outer] }),
        "one inside": () => ({ ...folders, [inner]: join(folders[outer], "deep", "inside") }),
        "another way to write the same": () => ({ ...folders, [inner]: `${folders[outer]}/../${outer}/` }),
        "a link to the other": () => {
          mkdirSync(folders[outer]);
          symlinkSync(folders[outer], folders[inner]);
          return folders;
        },
        "a link into the other": () => {
          mkdirSync(join(folders[outer], "slug"), { recursive: true });
          symlinkSync(join(folders[outer], "slug"), folders[inner]);
          return folders;
        },
        "a folder above that is a link": () => {
          mkdirSync(folders[outer]);
          symlinkSync(folders[outer], join(root, "elsewhere"));
          return { ...folders, [inner]: join(root, "elsewhere", "inside") };
        },
        "a link in it to where both are": () => {
          mkdirSync(folders[inner]);
          symlinkSync(root, join(folders[inner], "slug"));
          return folders;
        },
        "a link in it": () => {
          mkdirSync(join(folders[outer], "slug"), { recursive: true });
          mkdirSync(folders[inner]);
          symlinkSync(join(folders[outer], "slug"), join(folders[inner], "slug"));
          return folders;
        },
      };
      for (const [how, make] of Object.entries(ways)) {
        rmSync(root, { recursive: true });
        mkdirSync(root);
        expect(() => prepareFolders(make()), `${inner}, ${outer}: ${how}`).toThrow("MEDFORGE_");
      }
    }
  }
});

test("a link in the folder of a slug is found as well, one that leads elsewhere or nowhere is left alone", () => {
  const folders = apart();
  prepareFolders(folders);
  mkdirSync(join(folders.datasets, "liver"));
  symlinkSync(join(root, "gone"), join(folders.datasets, "liver", "nowhere"));
  mkdirSync(join(root, "disk"));
  symlinkSync(join(root, "disk"), join(folders.datasets, "liver", "elsewhere"));
  prepareFolders(folders);
  symlinkSync(folders.holdouts, join(folders.datasets, "liver", "a"));
  expect(() => prepareFolders(folders)).toThrow("liver/a (MEDFORGE_DATASETS_DIR) is a link to");
});
