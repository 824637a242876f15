import { expect, test } from "bun:test";

import { deviceFrom } from "./device.ts";

test("a device is what its user agent says, not what that pretends to be", () => {
  // As these programs send them (2026); WebKit's and Chrome's names are in most of the others.
  const cases: [string, string][] = [
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
      "Chrome on iOS",
    ],
    [
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
      "Chrome on Android",
    ],
    ["curl/8.14.1", "curl"],
    ["python-requests/2.32.5", "Python"],
    ["Something/1.0 (X11; Linux)", "Unknown program on Linux"],
    ["", "Unknown device"],
    ["x".repeat(255), "Unknown device"],
  ];
  for (const [userAgent, device] of cases) expect(deviceFrom(userAgent)).toBe(device);
});
