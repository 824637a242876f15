import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

export interface PackFacts {
  readonly name: string;
  readonly image: string;
  readonly imageIsThere: Asked<void>;
}

/** One finding for each pack that new sessions may use; one saying so when there is none. */
export function packFindings(packs: Asked<readonly PackFacts[]>): Finding[] {
  if (!("value" in packs)) {
    return [bad("MF-PACK-1", "packs", `could not be read: ${packs.problem}`, "Look at the database first.")];
  }
  if (packs.value.length === 0) {
    const remedy = "Run `./medforge up`: it builds the default one. Or `./medforge pack add`.";
    return [bad("MF-PACK-2", "packs", "none is registered", remedy)];
  }
  return packs.value.map(({ name, image, imageIsThere }) => {
    if ("value" in imageIsThere) {
      return {
        code: "MF-PACK-0",
        name: `pack ${name}`,
        version: short(image),
        level: "ok",
        says: "the engine has it",
        remedy: "",
      };
    }
    const remedy = `Run \`./medforge up\` for the default one, pull ${image}, or \`./medforge pack deprecate ${name}\`.`;
    return { ...bad("MF-PACK-3", `pack ${name}`, imageIsThere.problem, remedy), version: short(image) };
  });
}

function bad(code: string, name: string, says: string, remedy: string): Finding {
  return { code, name, version: "", level: "bad", says, remedy };
}

/** Enough of a digest to recognise it. */
function short(image: string): string {
  return image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/, "$1…");
}

export async function checkPacks({ db, containers }: Deps): Promise<Finding[]> {
  const packs = await ask("the packs", async () => {
    const usable = (await db.packs.all()).filter((one) => one.deprecatedAt === null);
    return Promise.all(
      usable.map(async ({ name, image }) => ({
        name,
        image,
        imageIsThere: await ask(`the image of ${name}`, () => containers.checkImage(image)),
      })),
    );
  });
  return packFindings(packs);
}
