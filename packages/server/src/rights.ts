/**
 * Tells those who listen in this process that somebody may do less or more than before: a login ended, a role or a
 * right changed, an account was disabled. Only ever a hint: whoever listens looks at the database, and also looks now
 * and then when nothing was said, since another process may have done it.
 */
export interface Rights {
  changed(): void;
  /** @returns stops listening */
  listen(heard: () => void): () => void;
}

export function createRights(): Rights {
  const all = new Set<() => void>();
  return {
    changed: () => {
      for (const heard of [...all]) heard();
    },
    listen: (heard) => {
      all.add(heard);
      return () => void all.delete(heard);
    },
  };
}
