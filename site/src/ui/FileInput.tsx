/** The file never leaves the machine by being chosen. */
export function FileInput(props: {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean;
  readonly onChoose: (files: readonly File[]) => void;
}) {
  return (
    <label class="grid gap-1 text-sm font-medium">
      {props.label}
      <input
        type="file"
        accept={props.accept}
        multiple={props.multiple === true}
        class="max-w-full rounded-md border border-line bg-surface p-2 text-sm font-normal file:mr-3 file:rounded file:border-0 file:bg-sunken file:px-3 file:py-1 file:text-ink"
        onChange={(event) => props.onChoose([...(event.currentTarget.files ?? [])])}
      />
    </label>
  );
}
