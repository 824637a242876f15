import { keysContract } from "./contract.ts";
import { MemoryKeyring, memoryKeys } from "./memory.ts";

keysContract("memory", async () => {
  const keyring = new MemoryKeyring();
  return {
    keys: memoryKeys(keyring),
    again: () => memoryKeys(keyring),
    authorized: async (slug) => keyring.sessions.get(slug)?.authorizedKeys,
    hostKey: async (slug) => keyring.sessions.get(slug)?.hostKey,
    cleanUp: async () => undefined,
  };
});
