import { createSignal } from "solid-js";

import { createAction } from "./asked.ts";

type NamesOf<Values, Type> = {
  [Name in keyof Values]: Type extends Values[Name] ? Name : never;
}[keyof Values] &
  string;

/**
 * What a person fills in and sends. Values are called as the server calls them: then what it says of one in a problem
 * stands at its field. Shown by `ui/Form.tsx`.
 * @param first what the fields hold before anybody types
 * @param send one at a time; what it throws is the form's problem
 */
export function createForm<Values extends Record<string, unknown>>(
  first: Values,
  send: (values: Values) => Promise<void>,
) {
  const [values, setValues] = createSignal(first);
  const [sent, setSent] = createSignal(false);
  const action = createAction(() => send(values()));
  const atField = new Set<string>();
  const change = (some: Partial<Values>) => {
    setSent(false);
    setValues((now) => ({ ...now, ...some }));
  };
  return {
    values,
    change,
    /** Empties what need not be typed twice; without names, everything. */
    clear: (...names: (keyof Values)[]) => {
      if (names.length === 0) return change(first);
      const some: Partial<Values> = {};
      for (const name of names) some[name] = first[name];
      change(some);
    },
    busy: action.busy,
    problem: action.problem,
    /** Whether a fault of this path already stands at its field. */
    isAtField: (path: string) => atField.has(path),
    /** Whether what stands here now has been sent. */
    sent,
    send: async () => {
      setSent(false);
      setSent(await action.run());
    },
    /** For `<Field label="…" {...form.field("name")} />`. */
    field: (name: NamesOf<Values, string>) => {
      atField.add(name);
      return {
        get value() {
          return values()[name] as string;
        },
        get fault() {
          return action.problem()?.of(name);
        },
        onInput: (event: { readonly currentTarget: { readonly value: string } }) =>
          change({ [name]: event.currentTarget.value } as Partial<Values>),
      };
    },
  };
}

export type FormOf = Pick<
  ReturnType<typeof createForm<Record<string, unknown>>>,
  "busy" | "problem" | "isAtField" | "sent" | "send"
>;
