import { localTime } from "../lib/format.ts";

/** In the reader's zone, UTC on hover and for machines. */
export function Time(props: { readonly at: string }) {
  return (
    <time
      datetime={props.at}
      title={`${props.at.slice(0, 19).replace("T", " ")} UTC`}
      class="whitespace-nowrap"
    >
      {localTime(props.at)}
    </time>
  );
}
