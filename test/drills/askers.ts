import { connect } from "node:net";
import { decodeMsg, encodeFrame } from "../../src/wire/codec.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";

/** What clients that ask one query after the other were told. */
export interface Asked {
  readonly answered: number;
  /** How often each refusal came. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that were closed. */
  readonly closed: number;
  /** How long each answer and each refusal took, milliseconds. */
  readonly took: readonly number[];
}

const [port = 0, clients = 0, isEach = 0] = process.argv.slice(2).map(Number);
let isAsking = true;
let answered = 0;
let closed = 0;
const refused: Record<string, number> = {};
const took: number[] = [];

const asking = Promise.all(Array.from({ length: clients }, (_, client) => ask(client)));

process.on("message", async () => {
  isAsking = false;
  await asking;
  const told: Asked = { answered, refused, closed, took };
  process.send?.(told, () => process.exit());
});

/** Asks what nothing matches, so that all of the index is looked at: each its own query, or all the same. */
function ask(client: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    let rest = Buffer.alloc(0);
    let begun = 0;
    let n = 0;
    const next = (): void => {
      if (!isAsking) return void socket.end();
      begun = performance.now();
      const state = isEach ? `none ${client} ${n++}` : "none such";
      socket.write(encodeFrame({ query: { string: `state = "${state}"` } }));
    };
    socket.on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      if (rest.length < HEADER || rest.length < HEADER + frameLength(rest, 0)) return;
      took.push(performance.now() - begun);
      const { ok, error = "" } = decodeMsg(rest.subarray(HEADER));
      if (ok === true) answered++;
      else refused[error] = (refused[error] ?? 0) + 1;
      rest = Buffer.alloc(0);
      next();
    });
    socket.on("error", () => closed++);
    socket.on("connect", next);
    socket.on("close", () => resolve());
  });
}
