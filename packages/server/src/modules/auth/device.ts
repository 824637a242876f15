/** What a person recognises a login by. A guess from what the browser says of itself: never decided upon. */

/** The first that is found names it: others pretend to be those further down. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrom(?:e|ium)\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
  [/^python-|^Python\//, "Python"],
  [/^Bun\//, "Bun"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** @param userAgent RFC 9110, 10.1.5 */
export function deviceFrom(userAgent: string): string {
  const named = (list: typeof PROGRAMS) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = named(PROGRAMS);
  const system = named(SYSTEMS);
  if (program === undefined) return system === undefined ? "Unknown device" : `Unknown program on ${system}`;
  return system === undefined ? program : `${program} on ${system}`;
}
