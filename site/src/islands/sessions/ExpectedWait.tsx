import type { Session } from "@medforge/contracts/sessions";
import { Show } from "solid-js";

import { durationText } from "../../lib/format.ts";

/** What somebody who waits may expect, and what nobody can promise. */
export function ExpectedWait(props: { readonly session: Pick<Session, "expected_wait"> }) {
  return (
    <p>
      <Show
        when={props.session.expected_wait}
        fallback="How long it takes is not known: too few sessions have ended in the last 30 days to judge by, or those that run have lasted longer than any before."
      >
        {(wait) => (
          <>
            Half of the time it takes less than <strong>{durationText(wait().median_s)}</strong>
            <Show when={wait().ninth_decile_s}>
              {(most) => <>, nine times of ten less than {durationText(most())}</>}
            </Show>
            , judged by how long sessions of the last 30 days lasted.
          </>
        )}
      </Show>{" "}
      Sessions have no time limit, so nobody can promise when it starts at the latest.
    </p>
  );
}
