import { chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";
import { command } from "@medforge/runtime/command";
import { networkOptions } from "@medforge/runtime/containers/docker-network";
import { createOptions } from "@medforge/runtime/containers/docker-spec";
import type { SessionContainer } from "@medforge/runtime/containers/port";
import { simulatedUuid } from "@medforge/runtime/gpus/simulated";
import { fileKeys } from "@medforge/runtime/keys/files";

import { nameOf } from "../e2e/engine.ts";
import { destroyDataset, type House, must } from "../e2e/house.ts";
import { named } from "../e2e/named.ts";
import { bannerAt } from "./banner.ts";

/**
 * What MedForge does for a session, as somebody would type it who knows every answer before: a dataset with a quota
 * that belongs to the user, a network, the container with the same options, started, until sshd's banner. No row, no
 * allocation, no keys made, nothing verified.
 */
export interface ByHand {
  /** @returns milliseconds from the first command to the banner */
  start(index: number): Promise<number>;
  /** Removes all that was made. */
  clear(): Promise<void>;
}

/** Far from the ports of the house, on the same engine. */
const PORT_FIRST = 18_000;
const SUBNETS_FROM = 16_000;
const QUOTA = 10 * 1024 ** 3;
const OWNER = 1000;
const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));

export async function byHand(house: House): Promise<ByHand> {
  const root = `${house.zfsRoot}/by-hand`;
  await must(["zfs", "create", root]);
  const mountpoint = (await must(["zfs", "get", "-H", "-o", "value", "mountpoint", root])).trim();
  const keysPath = await keyFolder(house);
  const slugs: Slug[] = [];
  const clearOne = async (slug: Slug) => {
    await house.engine.remove(nameOf(slug));
    await house.engine.removeNetwork(`mf-net-${slug}`);
    await destroyDataset(`${root}/${slug}`);
  };
  const settings = { sshBind: "127.0.0.1", silentResolvConf: "", dns: [] };

  return {
    async start(index) {
      const slug = slugFrom(random(5));
      slugs.push(slug);
      const port = PORT_FIRST + index;
      const wish: SessionContainer = {
        slug,
        sessionId: uuidv7(Date.now(), random(10)),
        userId: uuidv7(Date.now(), random(10)),
        workspaceId: uuidv7(Date.now(), random(10)),
        exposure: "EXTERNAL",
        image: named().image,
        sshPort: port,
        workspacePath: join(mountpoint, slug),
        keysPath,
        datasets: [],
        gpuUuid: simulatedUuid(index),
        gpu: {
          by: "node",
          host: join(house.folder, "gpus", `simulated-gpu${index}`),
          inside: `/dev/simulated-gpu${index}`,
        },
        limits: { cpus: 1, memoryBytes: 256 * 1024 ** 2, shmBytes: 64 * 1024 ** 2, pidsMax: 2048 },
      };
      const from = performance.now();
      await must(["zfs", "create", "-o", `refquota=${QUOTA}`, `${root}/${slug}`]);
      chownSync(wish.workspacePath, OWNER, OWNER);
      await house.engine.tell("POST", "/networks/create", {
        ...networkOptions(wish, SUBNETS_FROM),
        Labels: {},
      });
      const made = await house.engine.tell<{ Id: string }>(
        "POST",
        `/containers/create?name=${nameOf(slug)}`,
        // Without our labels: MedForge would take it for an orphan, and its GPU for busy.
        { ...createOptions(wish, settings), Labels: {} },
      );
      await house.engine.tell("POST", `/containers/${made?.Id}/start`);
      return (await bannerAt(port)) - from;
    },
    async clear() {
      await Promise.all([...slugs.splice(0)].map(clearOne));
    },
  };
}

/** One for all: making keys is no part of the comparison. */
async function keyFolder(house: House): Promise<string> {
  const folder = join(house.folder, "by-hand");
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o711 });
  await command(["chmod", "0711", folder]);
  return fileKeys({ dir: join(folder, "keys") }).prepare({
    slug: slugFrom(random(5)),
    workspaceId: uuidv7(Date.now(), random(10)),
    hostNames: ["localhost"],
    authorizedKeys: [],
  });
}
