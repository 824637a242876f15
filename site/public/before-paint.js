// Before the first paint, so that a dark page never flashes light and the internal portal never looks like the other.
// `lib/theme.ts` writes what is read here; `lib/surface.ts` decides the same for the code.
const chosen = localStorage.getItem("medforge-theme");
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = dark ? "dark" : "light";
document.documentElement.dataset.surface = location.hostname.startsWith("internal.")
  ? "internal"
  : "external";
