import { type JSX, Show } from "solid-js";

export function Card(props: {
  readonly title?: JSX.Element;
  readonly side?: JSX.Element;
  readonly children: JSX.Element;
  readonly class?: string;
}) {
  return (
    <section class={`min-w-0 rounded-lg border border-line bg-surface p-4 sm:p-5 ${props.class ?? ""}`}>
      <Show when={props.title}>
        <div class="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2>{props.title}</h2>
          {props.side}
        </div>
      </Show>
      {props.children}
    </section>
  );
}
