import { describe, test } from "bun:test";

import { containersContract } from "./contract.ts";
import { dockerSubject } from "./docker-testing.ts";

// Finding an engine is not permission to use it: the run names it.
const host = process.env.MEDFORGE_TEST_DOCKER;
const image = process.env.MEDFORGE_TEST_IMAGE;

if (host === undefined || image === undefined) {
  describe("containers: docker", () => {
    test.skip("needs MEDFORGE_TEST_DOCKER and MEDFORGE_TEST_IMAGE", () => undefined);
  });
} else {
  containersContract("docker", () => dockerSubject(host, image));
}
