import type { EventFields } from "../../src/core/event.ts";
import { type At, at } from "../../src/testing/index.ts";

const MINUTE = 60;
const HOUR = 3600;
export const DAY = 86_400;

const MINUTES = Array.from({ length: DAY / MINUTE }, (_, n) => n * MINUTE);

/** Longer than the time between two events of a series. */
const TTL = 300;

/**
 * A day of 25 hosts, moment by moment: each sends a heartbeat every half hour, five of them how they
 * are every minute, and more every fourth. What goes wrong: `web1` flaps from 9 to 12, `web2` is gone from 3 to 4
 * and has told of it, `web3` is overloaded from 14 to 15, a disk of `web4` fills up until 20 and is emptied; `web5` is too
 * hot and the shop slow from 14 to 15; a deployment at 16 throws 200 exceptions. The backup ends at 2.
 */
export function* dayBeginningAt(begins: number): Generator<readonly At[]> {
  for (const [n, second] of MINUTES.entries())
    yield Array.from(moment(second), (event) => at(begins + n * MINUTE, { ttl: TTL, ...event }));
}

function* moment(second: number): Generator<EventFields> {
  const hour = second / HOUR;
  const isBetween = (from: number, to: number) => from <= hour && hour < to;
  if (second % (30 * MINUTE) === 0)
    for (let n = 1; n <= 25; n++) yield { host: `host${n}`, service: "heartbeat", state: "ok", ttl: 45 * MINUTE };
  const isBusy = isBetween(14, 15);
  const down = {
    web1: isBetween(9, 12) && second % (2 * MINUTE) === 0,
    web2: isBetween(2.9, 3),
    web3: isBusy,
    web4: false,
    web5: false,
  };
  for (const [host, isDown] of Object.entries(down)) {
    const state = isDown ? { state: "critical", metric: 5, description: "no answer" } : { state: "ok", metric: 0.1 };
    if (host !== "web2" || !isBetween(3, 4)) yield { host, service: "http", ...state };
  }
  if (second % (4 * MINUTE) !== 0) return;
  yield { host: "web3", service: "cpu", metric: isBusy ? 0.97 : 0.3 };
  const used = hour < 20 ? 0.5 + hour / 40 : 0.3;
  yield { host: "web4", service: "disk /var", metric: used, state: used > 0.9 ? "critical" : "ok" };
  yield { host: "web4", service: "disk used", metric: used };
  yield { host: "web4", service: "disk free", metric: 1 - used };
  yield { host: "web5", service: "temperature", metric: isBusy ? 31 : 22 };
  yield { host: "shop", service: "web latency", metric: isBusy ? 3 : 0.1 };
  for (const host of ["riak1", "riak2"]) {
    yield { host, service: "riak gets", metric: 100 };
    yield { host, service: "riak get latency", metric: 0.01 };
  }
  for (const user of ["ann", "bob"]) yield { host: "shop", service: "login", tags: ["user"], attributes: { user } };
  for (const [n, name] of ["nginx", "node", "postgres", "cron"].entries())
    yield { host: "web1", service: `cpu ${name}`, metric: n / 10 };
  if (isBetween(16, 16 + 10 / 60))
    for (let n = 0; n < 40; n++) yield { host: "shop", service: "shop", state: "error", tags: ["exception"] };
  if (second === 2 * HOUR) yield { host: "web1", service: "backup", state: "ok" };
}
