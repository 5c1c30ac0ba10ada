import { get } from "node:http";
import { connect } from "node:net";
import { encodeFrame } from "../../src/wire/codec.ts";
import { ACK } from "../../src/wire/frames.ts";

/** What a probe saw since it was asked last. */
export interface Lap {
  /** How long each answer took, milliseconds. */
  readonly acks: readonly number[];
  readonly health: readonly number[];
  /** Answers that were not as they should be. */
  readonly wrong: number;
  /** How late its own timers were at most, milliseconds: so long the machine may have held up the probe, not who answers. */
  readonly late: number;
  /** Wall time per processor time of a loop, before anything was asked: 1 on an idle machine. */
  readonly busyness: number;
}

const ACK_EVERY_MS = 20;
const HEALTH_EVERY_MS = 50;
const LOOP_MS = 500;

const [port = 0, httpPort = 0] = process.argv.slice(2).map(Number);
const busy = busyness();
let lap = { acks: [] as number[], health: [] as number[], wrong: 0, late: 0 };
/** When the messages were sent that are not acknowledged yet. */
const sentAt: number[] = [];
const message = encodeFrame({ events: [{ service: "probe", metric_d: 1 }] });
const socket = connect({ host: "127.0.0.1", port, noDelay: true });
let rest = Buffer.alloc(0);
socket.on("data", (bytes) => {
  rest = Buffer.concat([rest, bytes]);
  for (; rest.length >= ACK.length; rest = rest.subarray(ACK.length)) {
    lap.acks.push(performance.now() - (sentAt.shift() ?? 0));
    if (!rest.subarray(0, ACK.length).equals(ACK)) lap.wrong++;
  }
});
socket.on("error", () => {}); // "close" follows
socket.on("close", () => lap.wrong++);
let due = performance.now() + ACK_EVERY_MS;
setInterval(() => {
  const now = performance.now();
  lap.late = Math.max(lap.late, now - due);
  due = now + ACK_EVERY_MS;
  sentAt.push(now);
  socket.write(message);
}, ACK_EVERY_MS);
setInterval(() => {
  const begun = performance.now();
  const request = get({ host: "127.0.0.1", port: httpPort, path: "/healthz", agent: false }, (response) => {
    if (response.statusCode !== 200) lap.wrong++;
    response.resume().on("end", () => lap.health.push(performance.now() - begun));
  });
  request.on("error", () => lap.wrong++);
}, HEALTH_EVERY_MS);

process.on("message", () => {
  const told: Lap = { ...lap, busyness: busy };
  lap = { acks: [], health: [], wrong: 0, late: 0 };
  process.send?.(told);
});

function busyness(): number {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  for (let left = LOOP_MS; left > 0; left = LOOP_MS - (performance.now() - begun)) JSON.stringify({ left });
  const { user, system } = process.cpuUsage(cpu);
  return Math.max(1, ((performance.now() - begun) * 1000) / (user + system));
}
