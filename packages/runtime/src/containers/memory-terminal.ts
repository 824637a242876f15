import type { Terminal } from "./terminal.ts";

const GREETING = "This session is pretended: what you type is said back and nothing is run.\r\n$ ";

/** A pretended shell: it says so, echoes what is typed, says each line once more, and ends with `exit` or Ctrl-D. */
export class MemoryTerminal implements Terminal {
  readonly output: ReadableStream<Uint8Array>;
  readonly #onEnd: (terminal: MemoryTerminal) => void;
  readonly #text = new TextDecoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #line = "";

  /** @param onEnd is called once */
  constructor(onEnd: (terminal: MemoryTerminal) => void) {
    this.#onEnd = onEnd;
    this.output = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.end(),
    });
    this.#say(GREETING);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const typed of this.#text.decode(bytes, { stream: true })) {
      if (typed === "\r") this.#enter();
      else if (typed === "\x04") this.end();
      else {
        this.#line += typed;
        this.#say(typed);
      }
    }
  }

  async resize(): Promise<void> {}

  async hangUp(): Promise<void> {
    this.end();
  }

  end(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    controller.close();
    this.#onEnd(this);
  }

  #enter(): void {
    const line = this.#line;
    this.#line = "";
    if (line.trim() === "exit") {
      this.#say("\r\n");
      this.end();
    } else this.#say(`\r\n${line}${line === "" ? "" : "\r\n"}$ `);
  }

  #say(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }
}
