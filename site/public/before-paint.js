// Before the first paint, so that the internal portal never looks like the other and a dark page never flashes light.
// `lib/surface.ts` decides the same for the code; `lib/theme.ts` writes what is read here.
document.documentElement.dataset.surface = location.hostname.startsWith("internal.")
  ? "internal"
  : "external";
const chosen = localStorage.getItem("medforge-theme");
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = dark ? "dark" : "light";
