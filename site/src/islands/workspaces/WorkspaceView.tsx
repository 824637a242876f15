import type { Snapshot, Workspace } from "@medforge/contracts/workspaces";
import { createSignal, For, Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { type AskedPages, createAsked, createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { bytesText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked, AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { Usage } from "./Usage.tsx";

const LOOK_EVERY_MS = 5_000;

export function WorkspaceView() {
  const id = nameInPath();
  const workspace = createAsked(
    async () => {
      await requireMe();
      return ask(api.workspaces({ id }).get());
    },
    { everyMs: LOOK_EVERY_MS },
  );
  return (
    <Asked of={workspace}>
      {(known) => (
        <div class="grid gap-6">
          <h1>{known().name}</h1>
          <Show when={known().operation}>
            {(operation) => (
              <Notice tone="warn" title={`${operation()} under way`}>
                Nobody can use the files until it is done.
              </Notice>
            )}
          </Show>
          <Show when={known().operation_error}>
            {(why) => (
              <Notice tone="bad" title="The last operation was not done">
                {why()}
              </Notice>
            )}
          </Show>
          <div class="grid gap-6 lg:grid-cols-2">
            <Card title="Space">
              <Usage workspace={known()} />
              <Show when={known().usage}>
                {(usage) => (
                  <p class="mt-2 text-sm text-soft">
                    {bytesText(usage().snapshot_bytes)} of it are held by snapshots.
                  </p>
                )}
              </Show>
            </Card>
            <Card title="Name">
              <Rename workspace={known()} onDone={workspace.set} />
            </Card>
          </div>
          <Snapshots workspace={known()} onDone={() => void workspace.again()} />
          <Delete workspace={known()} />
        </div>
      )}
    </Asked>
  );
}

function Rename(props: { readonly workspace: Workspace; readonly onDone: (workspace: Workspace) => void }) {
  const form = createForm({ name: props.workspace.name }, async ({ name }) => {
    props.onDone(await ask(api.workspaces({ id: props.workspace.id }).patch({ name: name.trim() })));
  });
  return (
    <Form of={form} send="Rename" disabled={form.values().name.trim() === props.workspace.name}>
      <Field label="Name" required maxlength={64} {...form.field("name")} />
    </Form>
  );
}

function Snapshots(props: { readonly workspace: Workspace; readonly onDone: () => void }) {
  const of = () => api.workspaces({ id: props.workspace.id }).snapshots;
  const snapshots = createPages(async (cursor) => askPage(of().get(pageAt(cursor))));
  const done = async () => {
    await snapshots.again();
    props.onDone();
  };
  return (
    <Card title="Snapshots">
      <div class="grid gap-4">
        <Take workspace={props.workspace} onDone={() => void done()} />
        <SnapshotTable workspace={props.workspace} snapshots={snapshots} onDone={done} />
      </div>
    </Card>
  );
}

function Take(props: { readonly workspace: Workspace; readonly onDone: () => void }) {
  const form = createForm({ name: "" }, async ({ name }) => {
    await ask(api.workspaces({ id: props.workspace.id }).snapshots.post({ name: name.trim() }));
    form.clear();
    props.onDone();
  });
  return (
    <Form of={form} send="Take a snapshot" kind="primary" class="sm:max-w-md">
      <Field
        label="Take one now"
        hint="Lower-case letters, digits and . _ -; it works while a session runs, too."
        required
        maxlength={63}
        placeholder="before-cleaning-up"
        {...form.field("name")}
      />
    </Form>
  );
}

function SnapshotTable(props: {
  readonly workspace: Workspace;
  readonly snapshots: AskedPages<Snapshot>;
  readonly onDone: () => Promise<void>;
}) {
  const one = (name: string) => api.workspaces({ id: props.workspace.id }).snapshots({ name });
  const [cloneName, setCloneName] = createSignal("");
  const busy = () => props.workspace.operation !== null;
  const inUse = () => props.workspace.session_id !== null;
  return (
    <AskedList of={props.snapshots} empty="No snapshot yet. Every session that ends takes one.">
      {(items) => (
        <Table caption="Snapshots" columns={["Name", "Taken", "", ""]}>
          <For each={items()}>
            {(snapshot) => (
              <tr>
                <td class="font-mono">{snapshot.name}</td>
                <td>
                  <Time at={snapshot.created_at} />
                </td>
                <td>
                  <Show when={snapshot.automatic}>
                    <Badge>automatic</Badge>
                  </Show>
                </td>
                <td class="flex flex-wrap justify-end gap-2">
                  <Confirm
                    button="Restore"
                    title={`Restore ${snapshot.name}?`}
                    yes="Restore it"
                    disabled={busy() || inUse()}
                    act={async () => {
                      await ask(one(snapshot.name).restore.post());
                      await props.onDone();
                    }}
                  >
                    The files become what they were then. What they are now is kept as a snapshot of its own,
                    and every other snapshot stays.
                  </Confirm>
                  <Confirm
                    button="Clone"
                    title={`A new workspace from ${snapshot.name}`}
                    yes="Make it"
                    disabled={busy()}
                    act={async () => {
                      const made = await ask(one(snapshot.name).clone.post({ name: cloneName().trim() }));
                      location.assign(`/workspaces/${made.id}/`);
                    }}
                  >
                    <Field
                      label="Name of the new workspace"
                      required
                      maxlength={64}
                      value={cloneName()}
                      onInput={(event) => setCloneName(event.currentTarget.value)}
                    />
                  </Confirm>
                </td>
              </tr>
            )}
          </For>
        </Table>
      )}
    </AskedList>
  );
}

function Delete(props: { readonly workspace: Workspace }) {
  return (
    <Card title="Delete">
      <p class="mb-3 text-sm text-soft">
        Deletes the files and every snapshot. Nothing brings them back.
        <Show when={props.workspace.session_id !== null}> A session uses them now: stop it first.</Show>
      </p>
      <Confirm
        button="Delete this workspace"
        kind="danger"
        title={`Delete ${props.workspace.name}?`}
        typed={props.workspace.name}
        yes="Delete it for good"
        disabled={props.workspace.session_id !== null || props.workspace.operation !== null}
        act={async () => {
          await ask(api.workspaces({ id: props.workspace.id }).delete());
          location.assign("/workspaces/");
        }}
      >
        All its files and snapshots go, for good.
      </Confirm>
    </Card>
  );
}
