import type { Streams } from "./port.ts";

/** The pretend kernel: whom it was told to cut off, in order. */
export class MemorySockets {
  readonly cut: string[] = [];
  /** Thrown by the next cut, once. */
  fault: Error | undefined;
}

export function memoryStreams(sockets: MemorySockets): Streams {
  return {
    kind: "memory",
    async cut(address) {
      const { fault } = sockets;
      sockets.fault = undefined;
      if (fault !== undefined) throw fault;
      sockets.cut.push(address);
    },
  };
}
