import { createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/**
 * HTTP/1.1 by hand, so that a test can say what no client says and see what a server really gets: every header line as
 * it came over the wire.
 */

export interface Heard {
  /** `GET /path HTTP/1.1` */
  readonly line: string;
  /** In order, as spelt: `[name, value]`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface RawServer {
  /** Everything that was asked so far. */
  readonly heard: Heard[];
  readonly port: number;
  close(): Promise<void>;
}

/** Answers every request with the text that `answer` gives, as it is, and closes the connection. */
export async function rawServer(
  host: string,
  port: number,
  answer: (asked: Heard) => string,
): Promise<RawServer> {
  const heard: Heard[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const asked = whole(text);
      if (asked === undefined) return;
      text = "";
      heard.push(asked);
      const says = answer(asked);
      // An upgraded connection stays open and says everything back.
      if (!says.startsWith("HTTP/1.1 101 ")) return void socket.end(says, "latin1");
      socket.removeAllListeners("data");
      socket.write(says, "latin1");
      socket.pipe(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    heard,
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** For what follows a 101. */
  readonly socket: Socket;
}

const ANSWER_MS_MAX = 15_000;

/** Sends one request as it is over TLS. @throws Error when the handshake or the connection fails */
export function rawRequest(request: {
  readonly port: number;
  readonly ca: string;
  /** The name in TLS; the Host is among the lines. */
  readonly sni: string;
  /** The first line and the headers. */
  readonly lines: readonly string[];
  readonly body?: string;
}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const socket = connectTls({
    host: "127.0.0.1",
    port: request.port,
    servername: request.sni,
    ca: request.ca,
    ALPNProtocols: ["http/1.1"],
  });
  const timer = setTimeout(() => socket.destroy(new Error("no answer")), ANSWER_MS_MAX);
  let text = "";
  const finish = (ended: boolean) => {
    const asked = whole(text, ended);
    if (asked === undefined) {
      if (ended) reject(new Error(`no whole answer: ${JSON.stringify(text.slice(0, 200))}`));
      return;
    }
    clearTimeout(timer);
    const headers = new Headers(asked.headers.map(([name, value]) => [name, value] as [string, string]));
    resolve({ status: Number(asked.line.split(" ")[1]), headers, body: asked.body, socket });
  };
  socket.on("error", (error: Error) => {
    clearTimeout(timer);
    reject(error);
  });
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    finish(false);
  });
  socket.on("close", () => finish(true));
  socket.write(`${request.lines.join("\r\n")}\r\n\r\n${request.body ?? ""}`, "latin1");
  return promise;
}

/** @returns undefined while something is missing */
function whole(text: string, ended = false): Heard | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...rest] = text.slice(0, end).split("\r\n");
  const headers = rest.map((each) => {
    const colon = each.indexOf(":");
    return [each.slice(0, colon), each.slice(colon + 1).trim()] as const;
  });
  const value = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  const body = text.slice(end + 4);
  const length = value("content-length");
  if (length !== undefined && body.length < Number(length)) return undefined;
  const chunked = value("transfer-encoding") === "chunked";
  if (chunked && !ended && !/(^|\r\n)0\r\n([^\r\n]+\r\n)*\r\n$/.test(body)) return undefined;
  return { line, headers, body };
}
