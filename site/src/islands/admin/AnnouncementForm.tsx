import type { AdminAnnouncement, AnnouncementWish } from "@medforge/contracts/announcements";
import { Show } from "solid-js";

import { api, ask } from "../../lib/api.ts";
import { createForm } from "../../lib/form.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextArea } from "../../ui/TextArea.tsx";

interface Values extends Record<string, unknown> {
  readonly title: string;
  readonly body: string;
  readonly exposure: AnnouncementWish["exposure"];
  readonly severity: AnnouncementWish["severity"];
  /** As the browser's field has it, in the reader's zone; empty: at once, and until it is ended. */
  readonly starts_at: string;
  readonly ends_at: string;
}

/** A new announcement, or a change of one that is there. */
export function AnnouncementForm(props: {
  readonly of?: AdminAnnouncement;
  readonly onDone: () => void;
  readonly onCancel?: () => void;
}) {
  const form = createForm(valuesOf(props.of), async ({ starts_at, ends_at, ...words }: Values) => {
    const wish = {
      title: words.title.trim(),
      body: words.body,
      exposure: words.exposure,
      severity: words.severity,
      ...(starts_at === "" ? {} : { starts_at: instantOf(starts_at) }),
      ends_at: ends_at === "" ? null : instantOf(ends_at),
    };
    await ask(
      props.of === undefined
        ? api.admin.announcements.post(wish)
        : api.admin.announcements({ id: props.of.id }).patch(wish),
    );
    form.clear();
    props.onDone();
  });
  return (
    <Card title={props.of === undefined ? "Announce something" : `Edit “${props.of.title}”`}>
      <Form
        of={form}
        send={props.of === undefined ? "Announce it" : "Save the announcement"}
        kind="primary"
        class="max-w-2xl"
        beside={
          <Show when={props.onCancel}>{(cancel) => <Button onClick={() => cancel()()}>Cancel</Button>}</Show>
        }
      >
        <Field label="Title" required maxlength={120} {...form.field("title")} />
        <TextArea label="Text" hint="Markdown" required maxlength={4_000} {...form.field("body")} />
        <div class="grid gap-4 sm:grid-cols-2">
          <Select
            label="Severity"
            value={form.values().severity}
            onChange={(severity) => form.change({ severity })}
            options={[
              { value: "info", text: "Info" },
              { value: "warning", text: "Warning" },
              { value: "critical", text: "Critical: on every page" },
            ]}
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
          <Field
            label="From"
            hint="Your time. Empty: at once."
            type="datetime-local"
            {...form.field("starts_at")}
          />
          <Field
            label="To"
            hint="Empty: until somebody ends it."
            type="datetime-local"
            {...form.field("ends_at")}
          />
        </div>
      </Form>
    </Card>
  );
}

function valuesOf(one: AdminAnnouncement | undefined): Values {
  return {
    title: one?.title ?? "",
    body: one?.body ?? "",
    exposure: one?.exposure ?? "BOTH",
    severity: one?.severity ?? "info",
    starts_at: fieldOf(one?.starts_at ?? null),
    ends_at: fieldOf(one?.ends_at ?? null),
  };
}

/** `2026-11-22T20:30` of the reader's zone. */
function fieldOf(instant: string | null): string {
  if (instant === null) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instantOf(field: string): string {
  return new Date(field).toISOString();
}
