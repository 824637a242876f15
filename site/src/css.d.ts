/** Vite puts a style sheet that a script imports into the page. */
declare module "*.css" {}
