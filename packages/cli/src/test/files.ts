/** The name of a test file says what it needs; see AGENTS.md. */
export type Need =
  | "nothing"
  | "vectors"
  | "browser"
  | "database"
  | "portal"
  | "simulation"
  | "machine"
  | "lab";

export function needOf(file: string): Need {
  if (/\.(machine|e2e)\.test\.tsx?$/.test(file)) return "machine";
  if (/\.lab\.test\.tsx?$/.test(file)) return "lab";
  if (/\.sim\.test\.tsx?$/.test(file)) return "simulation";
  if (/\.db\.test\.tsx?$/.test(file)) return "database";
  if (/\.portal\.test\.tsx?$/.test(file)) return "portal";
  if (/\.browser\.test\.tsx?$/.test(file)) return "browser";
  if (/\.vectors\.test\.tsx?$/.test(file)) return "vectors";
  return "nothing";
}

/** Test files of the checkout that need just this, as `./path`: without the dot Bun takes them as filters. */
export function testFiles(root: string, need: Need): string[] {
  const glob = new Bun.Glob("{packages,site,deploy,ops}/**/*.test.{ts,tsx}");
  return [...glob.scanSync({ cwd: root })]
    .filter((file) => !file.includes("node_modules/") && needOf(file) === need)
    .map((file) => `./${file}`)
    .sort();
}
