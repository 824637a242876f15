/** Fills in the placeholder page from the public status, now and every ten seconds. */

const EVERY_MS = 10_000;

function say(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

async function refresh() {
  try {
    const response = await fetch("/api/v2/status");
    const { data, detail } = await response.json();
    if (!response.ok) throw new Error(detail);
    say(
      "health",
      data.healthy ? "everything answers" : "something is wrong; an admin finds out what at /readyz",
    );
    say("gpus", `${data.gpus.free} of ${data.gpus.total}`);
    say("queue", String(data.queue_length));
    say("notice", data.notice ?? "");
    document.getElementById("notice")?.toggleAttribute("hidden", data.notice === null);
  } catch (error) {
    say("health", `no answer: ${error instanceof Error ? error.message : error}`);
  }
}

refresh();
setInterval(refresh, EVERY_MS);
