import { Search } from "lucide-solid";
import { createResource, createSignal, For, onCleanup, onMount, Show } from "solid-js";

import { whoAmI } from "../lib/me.ts";
import { ADMIN_PAGE, MAIN_PAGES, OTHER_PAGES, type PageLink } from "../lib/pages.ts";
import { LazyDialog, loadDialog } from "../ui/LazyDialog.tsx";

/** Ctrl-K or ⌘K: any page by a few letters of its name. */
export function CommandPalette() {
  const [open, setOpen] = createSignal(false);
  const [wanted, setWanted] = createSignal("");
  const [at, setAt] = createSignal(0);
  const [me] = createResource(open, () => whoAmI().catch(() => undefined));
  const found = () => {
    const all = [...MAIN_PAGES, ...OTHER_PAGES, ...(me()?.role === "admin" ? [ADMIN_PAGE] : [])];
    const letters = wanted().trim().toLowerCase();
    return all.filter(({ name }) => name.toLowerCase().includes(letters));
  };
  const show = (now: boolean) => {
    setOpen(now);
    setWanted("");
    setAt(0);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    // In a terminal Ctrl-K belongs to the shell.
    if (event.target instanceof Element && event.target.closest("[data-keeps-keys]") !== null) return;
    event.preventDefault();
    show(!open());
  };
  onMount(() => document.addEventListener("keydown", onKey));
  onCleanup(() => document.removeEventListener("keydown", onKey));
  const go = (page: PageLink | undefined) => {
    if (page !== undefined) location.assign(page.href);
  };
  const onListKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((index) => Math.min(index + 1, found().length - 1));
    else if (event.key === "ArrowUp") setAt((index) => Math.max(index - 1, 0));
    else if (event.key === "Enter") go(found()[at()]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <button
        type="button"
        class="flex min-h-9 items-center gap-2 rounded-md px-2 text-sm text-soft hover:bg-sunken hover:text-ink"
        aria-keyshortcuts="Control+K"
        onPointerEnter={loadDialog}
        onFocus={loadDialog}
        onClick={() => show(true)}
      >
        <Search size={18} aria-hidden="true" />
        <span class="sr-only">Go to a page</span>
        <kbd class="hidden font-sans text-xs lg:inline">Ctrl K</kbd>
      </button>
      <LazyDialog open={open()} onOpenChange={show} title="Go to">
        <input
          type="search"
          aria-label="Page"
          aria-controls="palette-pages"
          autofocus
          class="mb-2 w-full rounded-md border border-line bg-surface px-3 py-2"
          value={wanted()}
          onInput={(event) => {
            setWanted(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onListKey}
        />
        <ul id="palette-pages" class="max-h-80 overflow-y-auto">
          <For each={found()}>
            {(page, index) => (
              <li>
                <a
                  href={page.href}
                  class="block rounded px-3 py-2 text-sm text-ink no-underline hover:bg-sunken"
                  classList={{ "bg-sunken": index() === at() }}
                >
                  {page.name}
                </a>
              </li>
            )}
          </For>
        </ul>
        <p class="sr-only" aria-live="polite">
          {found()[at()]?.name}
        </p>
        <Show when={found().length === 0}>
          <p class="px-3 py-2 text-sm text-soft">No page is called that.</p>
        </Show>
      </LazyDialog>
    </>
  );
}
