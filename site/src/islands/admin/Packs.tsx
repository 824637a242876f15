import type { Pack } from "@medforge/contracts/packs";
import { createSignal, For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createAction, createPages } from "../../lib/asked.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Field } from "../../ui/Field.tsx";
import { ProblemNotice } from "../../ui/Notice.tsx";
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
  const [name, setName] = createSignal("");
  const [image, setImage] = createSignal("");
  const [exposure, setExposure] = createSignal<Pack["exposure"]>("BOTH");
  const register = createAction(async () => {
    await ask(api.admin.packs.post({ name: name().trim(), image: image().trim(), exposure: exposure() }));
    setName("");
    setImage("");
    props.onDone();
  });
  return (
    <Card title="Register a pack">
      <form
        class="grid max-w-xl gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void register.run();
        }}
      >
        <Field
          label="Name"
          required
          value={name()}
          fault={register.problem()?.of("name")}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Field
          label="Image"
          hint="repository@sha256:…, or the id of an image on the host: what it is must not change behind its name."
          required
          value={image()}
          fault={register.problem()?.of("image")}
          onInput={(event) => setImage(event.currentTarget.value)}
        />
        <Select
          label="Portals"
          value={exposure()}
          onChange={(value) => setExposure(value as Pack["exposure"])}
          options={[
            { value: "BOTH", text: "Both" },
            { value: "EXTERNAL", text: "External" },
            { value: "INTERNAL", text: "Internal" },
          ]}
        />
        <ProblemNotice problem={register.problem()} />
        <div>
          <Button type="submit" busy={register.busy()}>
            Register it
          </Button>
        </div>
      </form>
    </Card>
  );
}
