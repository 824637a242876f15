import { createSignal, Show } from "solid-js";

import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";
import { StartSession } from "./sessions/StartSession.tsx";
import { SshKeys } from "./settings/SshKeys.tsx";

/** From a new account to a shell: a key, then a session. The line for the host's keys is shown with the session. */
export function Onboarding() {
  const [added, setAdded] = createSignal(false);
  return (
    <ol class="grid gap-6">
      <li>
        <Card title="1. Your SSH key">
          <p class="mb-4 text-sm text-soft">
            Sessions are entered over SSH with a key, never with a password. The key also works in sessions
            that run already.
          </p>
          <SshKeys onAdded={() => setAdded(true)} />
          <Show when={added()}>
            <div class="mt-4">
              <Notice tone="good">That is all it takes. Now start a session.</Notice>
            </div>
          </Show>
        </Card>
      </li>
      <li>
        <Card title="2. Your first session">
          {/* Asked anew when a key was added, so that its warning goes. */}
          <Show when={added()} keyed fallback={<StartSession />}>
            <StartSession />
          </Show>
        </Card>
      </li>
      <li>
        <Card title="3. Log in">
          <p class="text-sm text-soft">
            The session's page shows the <code>ssh</code> line as soon as it runs, and one line for{" "}
            <code>~/.ssh/known_hosts</code> with which no host key is ever asked about.
          </p>
        </Card>
      </li>
    </ol>
  );
}
