import { connect } from "node:net";
import { encodeMsg, type WireMsg } from "../../src/wire/codec.ts";
import { frameLength, HEADER } from "../../src/wire/frames.ts";

const PER_CONNECTION = 64;
const CONNECTIONS = 32;

/** Frames that were good messages once, each changed in its own way: the same ones for the same seed. */
export function mutants(seed: number): () => Buffer {
  const random = randomNumbers(seed);
  const bodies = MESSAGES.map(encodeMsg);
  return () => {
    let body = Buffer.from(bodies[random(bodies.length)] ?? Buffer.alloc(0));
    for (let changes = 1 + random(3); changes > 0; changes--) body = mutate(body, random);
    const frame = Buffer.alloc(HEADER + body.length);
    frame.writeUInt32BE(body.length);
    body.copy(frame, HEADER);
    return frame;
  };
}

/**
 * Sends so many frames over many connections and reads every answer. A refusal closes its connection: what it had not
 * answered by then goes on another.
 */
export async function sendMutants(
  port: number,
  next: () => Buffer,
  total: number,
): Promise<{ answered: number; refused: number }> {
  const tally = { answered: 0, refused: 0 };
  let left = total;
  const lane = async (): Promise<void> => {
    let queue: Buffer[] = [];
    for (;;) {
      for (; queue.length < PER_CONNECTION && left > 0; left--) queue.push(next());
      if (queue.length === 0) return;
      const { answers, refused } = await converse(port, queue);
      tally.answered += answers;
      tally.refused += refused;
      queue = queue.slice(answers);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  return tally;
}

/** Sends frames on a connection of their own; resolves when all are answered or it was closed. */
function converse(port: number, frames: readonly Buffer[]): Promise<{ answers: number; refused: number }> {
  return new Promise((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    let answers = 0;
    let refused = 0;
    const socket = connect({ host: "127.0.0.1", port }, () => socket.write(Buffer.concat(frames)));
    socket.on("error", () => {});
    socket.on("close", () =>
      answers > 0 ? resolve({ answers, refused }) : reject(new Error("closed without an answer")),
    );
    socket.on("data", (bytes) => {
      const all = Buffer.concat([rest, bytes]);
      let at = 0;
      while (all.length - at >= HEADER && all.length - at - HEADER >= frameLength(all, at)) {
        const length = frameLength(all, at);
        answers++;
        if (length !== 2) refused++;
        at += HEADER + length;
      }
      rest = all.subarray(at);
      if (answers === frames.length || refused > 0) socket.resetAndDestroy();
    });
  });
}

const MESSAGES: readonly WireMsg[] = [
  {
    events: [
      { host: "evil", service: "cpu", state: "ok", metric_d: 0.5, tags: ["a", "b"], ttl: 60, time: 1_700_000_000 },
    ],
  },
  { events: [{ host: "evil", service: "mem", metric_sint64: -42, attributes: [{ key: "k", value: "v" }] }] },
  { events: [{ description: "größe ☃".repeat(20), metric_f: 1.5, time_micros: 1_700_000_000_000_000 }] },
  { events: Array.from({ length: 20 }, (_, n) => ({ host: "evil", service: `s${n}`, metric_d: n })) },
  { states: [{ host: "evil", service: "old", state: "warning", once: true }] },
  {},
];

function mutate(body: Buffer, random: (below: number) => number): Buffer<ArrayBuffer> {
  const at = random(body.length + 1);
  switch (random(6)) {
    case 0: // a bit
    case 1: {
      const copy = Buffer.from(body);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
    }
    case 2: {
      const copy = Buffer.from(body);
      if (at < copy.length) copy[at] = random(256);
      return copy;
    }
    case 3: // cut
      return Buffer.from(body.subarray(0, at));
    case 4: // some bytes more
      return Buffer.concat([body.subarray(0, at), Buffer.from([random(256), random(256)]), body.subarray(at)]);
    default: // a piece twice
      return Buffer.concat([body.subarray(0, at), body.subarray(random(at + 1))]).subarray(0, 4096);
  }
}

/** Whole numbers below a bound, by the linear congruential generator of Numerical Recipes. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
