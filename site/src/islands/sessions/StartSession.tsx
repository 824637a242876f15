import { Show } from "solid-js";

import { api, ask, askPage, here, surface } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Checkbox } from "../../ui/Checkbox.tsx";
import { Form } from "../../ui/Form.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Select } from "../../ui/Select.tsx";

const FIRST = "";

/** Pack, workspace, and whether to wait when every GPU is taken. */
export function StartSession() {
  const choices = createAsked(async () => {
    await requireMe();
    const [packs, workspaces, keys, status] = await Promise.all([
      askPage(api.packs.get({ query: { exposure: surface } })),
      askPage(api.workspaces.get({ query: {} })),
      askPage(api.me["ssh-keys"].get({ query: {} })),
      ask(api.status.get()),
    ]);
    return {
      packs: packs.items.filter((pack) => pack.deprecated_at === null),
      workspaces: workspaces.items,
      keys: keys.items,
      status,
    };
  });
  const form = createForm({ pack: FIRST, workspace: FIRST, queue: true }, async (wanted) => {
    const session = await ask(
      here.sessions.post({
        ...(wanted.pack === FIRST ? {} : { pack_id: wanted.pack }),
        ...(wanted.workspace === FIRST ? {} : { workspace_id: wanted.workspace }),
        queue: wanted.queue,
      }),
    );
    location.assign(`/sessions/${session.slug}/`);
  });
  return (
    <Asked of={choices}>
      {(known) => (
        <Form
          of={form}
          send="Start"
          kind="primary"
          disabled={known().packs.length === 0}
          beside={
            <span class="text-sm text-soft">
              {known().status.gpus.free} of {known().status.gpus.total} GPUs are free
              <Show when={known().status.queue_length > 0}>, {known().status.queue_length} wait for one</Show>
              .
            </span>
          }
        >
          <Show when={known().keys.length === 0}>
            <Notice tone="warn" title="You have no SSH key yet">
              Without one nobody can log in to the session. <a href="/onboarding/">Add a key first</a>; it
              also works at once in a session that runs already.
            </Notice>
          </Show>
          <Show when={known().packs.length === 0}>
            <Notice tone="warn" title="There is no pack for this portal">
              An admin has to register a session image before anybody can start here.
            </Notice>
          </Show>
          <div class="grid gap-4 sm:grid-cols-2">
            <Select
              label="Pack"
              hint="The image that the session starts from."
              value={form.values().pack}
              onChange={(pack) => form.change({ pack })}
              options={[
                { value: FIRST, text: "The default one" },
                ...known().packs.map(({ id, name }) => ({ value: id, text: name })),
              ]}
            />
            <Select
              label="Workspace"
              hint="Your files; they outlive the session."
              value={form.values().workspace}
              onChange={(workspace) => form.change({ workspace })}
              options={[
                { value: FIRST, text: "Your first one (made if there is none)" },
                ...known().workspaces.map(({ id, name, session_id }) => ({
                  value: id,
                  text: session_id === null ? name : `${name} (in use)`,
                })),
              ]}
            />
          </div>
          <Checkbox checked={form.values().queue} onChange={(queue) => form.change({ queue })}>
            Wait in the queue when no GPU is free
          </Checkbox>
        </Form>
      )}
    </Asked>
  );
}
