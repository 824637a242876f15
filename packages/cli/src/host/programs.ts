/** Debian keeps daemons in sbin, which is not on an ordinary user's PATH. */
const SEARCH = [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(":");

/** The program's full path, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return Bun.which(name, { PATH: SEARCH }) ?? undefined;
}
