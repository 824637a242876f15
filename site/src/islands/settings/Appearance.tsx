import { createSignal, For } from "solid-js";

import { chooseTheme, chosenTheme, type Theme } from "../../lib/theme.ts";
import { Card } from "../../ui/Card.tsx";

const CHOICES: readonly { readonly theme: Theme; readonly text: string }[] = [
  { theme: "system", text: "As the system says" },
  { theme: "light", text: "Light" },
  { theme: "dark", text: "Dark" },
];

export function Appearance() {
  const [theme, setTheme] = createSignal(chosenTheme());
  return (
    <Card title="Appearance">
      <fieldset class="flex flex-wrap gap-4 text-sm">
        <legend class="sr-only">Colours</legend>
        <For each={CHOICES}>
          {(choice) => (
            <label class="flex items-center gap-2">
              <input
                type="radio"
                name="theme"
                checked={theme() === choice.theme}
                onChange={() => {
                  setTheme(choice.theme);
                  chooseTheme(choice.theme);
                }}
              />
              {choice.text}
            </label>
          )}
        </For>
      </fieldset>
    </Card>
  );
}
