import type { ComponentProps } from "solid-js";

import { Field } from "./Field.tsx";

/** The server's rule (`contracts/auth.ts`): 10 to 128 characters, nothing else. */
export function passwordFault(password: string): string | undefined {
  if (password.length < 10) return `${10 - password.length} more characters needed: at least 10.`;
  if (password.length > 128) return "At most 128 characters.";
  return undefined;
}

/** A password to choose: what it lacks is said while it is typed. */
export function NewPassword(props: ComponentProps<typeof Field> & { readonly value: string }) {
  const fault = () => (props.value === "" ? undefined : passwordFault(props.value));
  return (
    <Field
      {...props}
      type="password"
      autocomplete="new-password"
      required
      hint={props.value === "" ? "10 to 128 characters. A few unrelated words are fine." : undefined}
      fault={fault() ?? props.fault}
    />
  );
}
