/** The package's version, written into every report; the same as in package.json, which a test compares. */
export const packageVersion = "0.1.0";
