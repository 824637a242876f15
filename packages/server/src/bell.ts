/**
 * Tells those who listen in this process that something about a session changed. Only ever a hint: whoever listens
 * looks at the database, and also looks now and then when nothing rang.
 */
export interface Bell {
  /** @param by the loop: it knows what it did and need not look again; whoever follows the session must. */
  ring(sessionId: string, by?: Ringer): void;
  /** @returns stops listening */
  listen(heard: (sessionId: string, by: Ringer) => void): () => void;
  readonly listeners: number;
}

export type Ringer = "request" | "loop";

export function createBell(): Bell {
  const all = new Set<(sessionId: string, by: Ringer) => void>();
  return {
    ring: (sessionId, by = "request") => {
      for (const heard of [...all]) heard(sessionId, by);
    },
    listen: (heard) => {
      all.add(heard);
      return () => void all.delete(heard);
    },
    get listeners() {
      return all.size;
    },
  };
}
