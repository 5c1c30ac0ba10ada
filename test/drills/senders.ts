import { connect } from "node:net";
import { encodeFrame } from "../../src/wire/codec.ts";
import { ACK, frameLength, HEADER } from "../../src/wire/frames.ts";

/** What was answered since it was asked last. */
export interface Sent {
  /** Events that were acknowledged. */
  readonly acked: number;
}

const EVENTS = 100;
const EVERY_MS = 10;
/** Messages under way: a busy daemon is sent fewer. */
const MAX_UNDER_WAY = 200;

/** How many messages there are each 10 ms. */
const [port = 0, messages = 0] = process.argv.slice(2).map(Number);
const message = encodeFrame({
  events: Array.from({ length: EVENTS }, (_, n) => ({ host: "sender", service: `s${n}`, state: "ok", metric_d: n })),
});
const socket = connect({ host: "127.0.0.1", port, noDelay: true });
let lap = { acked: 0 };
let underWay = 0;
let rest = Buffer.alloc(0);
setInterval(() => {
  for (let n = 0; n < messages && underWay < MAX_UNDER_WAY; n++, underWay++) socket.write(message);
}, EVERY_MS);
socket.on("error", () => {}); // the daemon has ended
socket.on("data", (bytes) => {
  rest = Buffer.concat([rest, bytes]);
  while (rest.length >= HEADER && rest.length >= HEADER + frameLength(rest, 0)) {
    const answer = rest.subarray(0, HEADER + frameLength(rest, 0));
    if (answer.equals(ACK)) lap.acked += EVENTS;
    rest = rest.subarray(answer.length);
    underWay--;
  }
});

process.on("message", () => {
  process.send?.(lap satisfies Sent);
  lap = { acked: 0 };
});
