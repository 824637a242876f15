interface Route {
  readonly method: string;
  readonly path: string;
}

/** Which methods something answers at a path; looked up only for a 404, so that it can say what would have worked. */
export function createMethodsAt(routes: () => readonly Route[]): (path: string) => readonly string[] {
  let patterns: { readonly method: string; readonly pattern: RegExp }[] | undefined;
  return (path) => {
    patterns ??= routes().map((route) => ({ method: route.method, pattern: patternOf(route.path) }));
    return [...new Set(patterns.filter((one) => one.pattern.test(path)).map(({ method }) => method))].sort();
  };
}

function patternOf(path: string): RegExp {
  const parts = path.replace(/\/$/, "").split("/");
  return new RegExp(
    `^${parts.map((part) => (part.startsWith(":") ? "[^/]+" : RegExp.escape(part))).join("/")}/?$`,
  );
}
