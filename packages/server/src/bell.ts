/**
 * Tells those who listen in this process that something about a session changed. Only ever a hint: whoever listens
 * looks at the database, and also looks now and then when nothing rang.
 */
export interface Bell {
  ring(sessionId: string): void;
  /** @returns stops listening */
  listen(heard: (sessionId: string) => void): () => void;
  readonly listeners: number;
}

export function createBell(): Bell {
  const all = new Set<(sessionId: string) => void>();
  return {
    ring: (sessionId) => {
      for (const heard of [...all]) heard(sessionId);
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
