import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Time } from "../../ui/Time.tsx";

/** Keys that open the user's sessions: one added here works at once in running ones, one removed is refused at once. */
export function SshKeys(props: { readonly onAdded?: () => void }) {
  const keys = createPages(async (cursor) => {
    await requireMe();
    return askPage(api.me["ssh-keys"].get(pageAt(cursor)));
  });
  const remove = async (id: string) => {
    await ask(api.me["ssh-keys"]({ id }).delete());
    await keys.again();
  };
  const added = async () => {
    await keys.again();
    props.onAdded?.();
  };
  return (
    <div class="grid gap-5">
      <AskedList of={keys} empty="No key yet. Paste one below.">
        {(items) => (
          <ul class="divide-y divide-line rounded-md border border-line">
            <For each={items()}>
              {(key) => (
                <li class="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-sm">
                  <div class="min-w-0 grow">
                    <p class="font-medium">{key.name}</p>
                    <p class="font-mono text-xs break-all text-soft">
                      {key.type} {key.fingerprint}
                    </p>
                    <p class="text-xs text-soft">
                      added <Time at={key.created_at} />
                    </p>
                  </div>
                  <Confirm
                    button="Remove"
                    kind="danger"
                    title={`Remove the key “${key.name}”?`}
                    yes="Remove it"
                    act={() => remove(key.id)}
                  >
                    Whoever has only this key cannot log in any more, from now on.
                  </Confirm>
                </li>
              )}
            </For>
          </ul>
        )}
      </AskedList>
      <AddKey onAdded={() => void added()} />
    </div>
  );
}

function AddKey(props: { readonly onAdded: () => void }) {
  const form = createForm({ public_key: "", name: "" }, async ({ public_key, name }) => {
    await ask(
      api.me["ssh-keys"].post({
        public_key: public_key.trim(),
        ...(name.trim() === "" ? {} : { name: name.trim() }),
      }),
    );
    form.clear();
    props.onAdded();
  });
  return (
    <Form of={form} send="Add the key" kind="primary" disabled={form.values().public_key.trim() === ""}>
      <h3 class="text-sm font-semibold">Add a key</h3>
      <details>
        <summary class="cursor-pointer text-sm text-soft">
          You have none? Make one on your own machine
        </summary>
        <div class="mt-2 grid gap-2">
          <CopyLine label="the line that makes a key" text="ssh-keygen -t ed25519" />
          <p class="text-sm text-soft">and show the half that may be known, the one to paste here:</p>
          <CopyLine label="the line that shows it" text="cat ~/.ssh/id_ed25519.pub" />
        </div>
      </details>
      <label class="grid gap-1 text-sm font-medium">
        Public key
        <textarea
          required
          rows={3}
          spellcheck={false}
          placeholder="ssh-ed25519 AAAA… you@laptop"
          class="rounded-md border border-line bg-surface px-3 py-2 font-mono text-sm font-normal"
          value={form.values().public_key}
          onInput={(event) => form.change({ public_key: event.currentTarget.value })}
        />
      </label>
      <Show when={/PRIVATE KEY/.test(form.values().public_key)}>
        <p class="text-sm text-bad" role="alert">
          This is the private half. Never give it to anybody: paste the file that ends in <code>.pub</code>.
        </p>
      </Show>
      <Field
        label="Name"
        hint="Left empty, it is called as its comment says."
        maxlength={100}
        {...form.field("name")}
      />
    </Form>
  );
}
