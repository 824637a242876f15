import type { Pack } from "@medforge/contracts/packs";
import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Select } from "../../ui/Select.tsx";
import { Table } from "../../ui/Table.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

export function Packs() {
  const packs = createPages((cursor) => askPage(api.admin.packs.get(pageAt(cursor))));
  const deprecate = async (id: string) => {
    await ask(api.admin.packs({ id }).deprecate.post());
    await packs.again();
  };
  return (
    <AdminFrame>
      <AskedList of={packs} empty="No pack: without one nobody can start a session.">
        {(items) => (
          <Table caption="Packs" columns={["Name", "Image", "Portals", ""]}>
            <For each={items()}>
              {(pack) => (
                <tr>
                  <td>{pack.name}</td>
                  <td class="font-mono text-xs break-all">{pack.image}</td>
                  <td>{pack.exposure.toLowerCase()}</td>
                  <td>
                    <Show when={pack.deprecated_at === null} fallback={<Badge tone="warn">deprecated</Badge>}>
                      <Confirm
                        button="Deprecate"
                        title={`Deprecate ${pack.name}?`}
                        yes="Deprecate it"
                        act={() => deprecate(pack.id)}
                      >
                        Running sessions go on; no new one starts from it.
                      </Confirm>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
      <Register onDone={() => void packs.again()} />
    </AdminFrame>
  );
}

function Register(props: { readonly onDone: () => void }) {
  const first: { readonly name: string; readonly image: string; readonly exposure: Pack["exposure"] } = {
    name: "",
    image: "",
    exposure: "BOTH",
  };
  const form = createForm(first, async ({ name, image, exposure }) => {
    await ask(api.admin.packs.post({ name: name.trim(), image: image.trim(), exposure }));
    form.clear();
    props.onDone();
  });
  return (
    <Card title="Register a pack">
      <Form of={form} send="Register it" class="max-w-xl">
        <Field label="Name" required {...form.field("name")} />
        <Field
          label="Image"
          hint="repository@sha256:…, or the id of an image on the host: what it is must not change behind its name."
          required
          {...form.field("image")}
        />
        <Select
          label="Portals"
          value={form.values().exposure}
          onChange={(exposure) => form.change({ exposure })}
          options={[
            { value: "BOTH", text: "Both" },
            { value: "EXTERNAL", text: "External" },
            { value: "INTERNAL", text: "Internal" },
          ]}
        />
      </Form>
    </Card>
  );
}
