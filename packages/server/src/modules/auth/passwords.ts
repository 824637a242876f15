/** argon2id at OWASP's first recommendation (Password Storage Cheat Sheet, 2024): 19 MiB, 2 passes. */
const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, COST);
}

let nobodys: Promise<string> | undefined;

/** The same work whether there is such a user or not. @param hash undefined for an unknown one */
export async function passwordFits(password: string, hash: string | undefined): Promise<boolean> {
  nobodys ??= hashPassword(crypto.randomUUID());
  const fits = await Bun.password.verify(password, hash ?? (await nobodys)).catch(() => false);
  return fits && hash !== undefined;
}
