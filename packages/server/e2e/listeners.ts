/**
 * A machine on which every door is open: answers on each address and port, over TCP and UDP, and on port 53 as a name
 * server that knows every name below `.test`. The names it is asked for are appended to the log.
 * usage: listeners.ts <log> <port,port,…> <address…>
 */
import { appendFileSync } from "node:fs";

const [log = "", ports = "", ...addresses] = process.argv.slice(2);
const HEADER_BYTES = 12;
const KNOWN = "\x04test\0";
/** RFC 1035, 4.1.3: the name asked for, A, IN, 60 s, 192.0.2.2. */
const ANSWER = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 2];

function answerTo(query: Buffer): Buffer {
  const question = query.subarray(HEADER_BYTES);
  const asked = question.toString("latin1");
  appendFileSync(log, `${asked.replace(/[^a-z0-9-]+/g, ".")}\n`);
  const known = asked.includes(KNOWN) && question.at(-3) === 1;
  const NXDOMAIN = 3;
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(0x8180 | (asked.includes(KNOWN) ? 0 : NXDOMAIN), 2);
  header.writeUInt16BE(known ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const end = query.indexOf(0, HEADER_BYTES) + 5 - HEADER_BYTES;
  return Buffer.concat([header, question.subarray(0, end), Buffer.from(known ? ANSWER : [])]);
}

function framed(answer: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(answer.length);
  return Buffer.concat([length, answer]);
}

for (const hostname of addresses) {
  for (const port of ports.split(",").map(Number)) {
    const resolver = port === 53;
    Bun.listen({
      hostname,
      port,
      socket: {
        data(socket, chunk) {
          if (resolver) socket.write(framed(answerTo(chunk.subarray(2))));
        },
      },
    });
    await Bun.udpSocket({
      hostname,
      port,
      socket: {
        data(socket, chunk, fromPort, from) {
          socket.send(resolver && chunk.length > HEADER_BYTES ? answerTo(chunk) : chunk, fromPort, from);
        },
      },
    });
  }
}
console.log("listening");
