import type { Workspace } from "@medforge/contracts/workspaces";
import { Show } from "solid-js";

import { bytesText } from "../../lib/format.ts";

/** How much of its quota a workspace uses, its snapshots included. */
export function Usage(props: { readonly workspace: Workspace }) {
  return (
    <Show when={props.workspace.usage} fallback={<span class="text-soft">not known now</span>}>
      {(usage) => (
        <div class="grid gap-1">
          <meter
            class="h-2 w-full"
            min={0}
            max={props.workspace.quota_bytes}
            high={props.workspace.quota_bytes * 0.9}
            value={usage().used_bytes}
            aria-label={`Used of ${props.workspace.name}`}
          />
          <span class="text-xs text-soft">
            {bytesText(usage().used_bytes)} of {bytesText(props.workspace.quota_bytes)}
            <Show when={usage().quota_full}>
              <span class="text-bad"> · full: delete files, or ask an admin for more</span>
            </Show>
          </span>
        </div>
      )}
    </Show>
  );
}
