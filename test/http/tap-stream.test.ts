import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { HttpOptions } from "../../src/http/server.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import type { Listener } from "../../src/runtime/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { isWhole } from "../rounds.ts";
import { until } from "../until.ts";
import { openHttp } from "./open-http.ts";
import { aView } from "./view.ts";

/** A door with one tap, and those who listen to it. */
async function tapped(t: TestContext, options: Partial<HttpOptions> = {}) {
  const listeners = new Set<Listener>();
  const listen = (tap: string, listener: Listener) => {
    assert.equal(tap, "a tap");
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const door = await openHttp({ ...options, view: aView({ listen }) });
  t.after(() => door.stop());
  const show = (lines: string, events = lines.split("\n").length - 1) => {
    const bytes = Buffer.from(lines);
    return Promise.all([...listeners].map((listener) => new Promise<void>((ready) => listener(bytes, events, ready))));
  };
  return { door, url: `http://127.0.0.1:${door.port}/api/taps`, listeners, show };
}

test("the taps are listed, with the pipelines that they stand in", async (t) => {
  const { url } = await tapped(t);
  assert.deepEqual(await (await fetch(url)).json(), { taps: [{ name: "a tap", pipelines: ["a"] }] });
});

test("what comes by a tap is streamed as lines until the client goes", async (t) => {
  const { url, listeners, show } = await tapped(t);
  const end = new AbortController();
  const answer = await fetch(`${url}/a%20tap?x`, { signal: end.signal });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/x-ndjson"]);
  await show('{"metric":1}\n');
  await show('{"metric":2}\n{"missed":3}\n', 4);
  const reader = answer.body?.getReader();
  let text = "";
  while (!text.includes("missed")) text += Buffer.from((await reader?.read())?.value ?? []).toString();
  assert.equal(text, '{"metric":1}\n{"metric":2}\n{"missed":3}\n');
  end.abort();
  await until("the client to be gone", () => listeners.size === 0);
});

if (isWhole)
  test("who does not read misses events, is told so, and holds nobody up for ever", async (t) => {
    const { door, listeners, show } = await tapped(t);
    const socket = connect(door.port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.pause();
    socket.write("GET /api/taps/a%20tap HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until("the listener", () => listeners.size === 1);
    const line = `{"description":"${"x".repeat(1000)}"}\n`;
    const sent = 40;
    for (let n = 0; n < sent; n++) void show(line.repeat(1000));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    socket.resume();
    await until("what was written", () => text.endsWith("\r\n") && text.includes(line));
    await until("the rest to be told", async () => {
      void show(line);
      return /\{"missed":\d+\}/.test(text);
    });
    const missed = Number(/\{"missed":(\d+)\}/.exec(text)?.[1]);
    const before = text.slice(0, text.indexOf('{"missed"')).split("description").length - 1;
    assert.equal(before + missed, sent * 1000);
  });

test("while clients have 256 MiB to read, whatever it is, a tap's listeners miss events", async (t) => {
  const budget = new ReaderBudget();
  const { url, listeners, show } = await tapped(t, { budget });
  const end = new AbortController();
  const answer = await fetch(`${url}/a%20tap`, { signal: end.signal });
  await until("the listener", () => listeners.size === 1);
  const others = new ArrayBuffer(256 * 1024 * 1024);
  assert.ok(budget.hold(others));
  void show('{"metric":1}\n');
  budget.release(others);
  await show('{"metric":2}\n');
  const { value } = (await answer.body?.getReader().read()) ?? {};
  assert.equal(String(Buffer.from(value ?? [])), '{"missed":1}\n{"metric":2}\n');
  end.abort();
  await until("the client to be gone", () => listeners.size === 0);
  assert.ok(budget.hold(others), "what it had not read is released");
});

if (isWhole)
  test("a reader that stays for long costs no memory for what it has read", async (t) => {
    const { url, listeners, show } = await tapped(t);
    const end = new AbortController();
    t.after(() => end.abort());
    const answer = await fetch(`${url}/a%20tap`, { signal: end.signal });
    void answer.body?.pipeTo(new WritableStream()).catch(() => {});
    await until("the listener", () => listeners.size === 1);
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const heap = async (shown: number) => {
      for (let n = 0; n < shown; n++) await show("{}\n");
      collect();
      return process.memoryUsage().heapUsed;
    };
    // What is under way on a busy machine comes and goes; a leak grows each time.
    const sizes = [await heap(1000), await heap(2_000), await heap(2_000), await heap(2_000)];
    const grown = sizes.slice(1).map((size, at) => size - (sizes[at] ?? 0));
    assert.ok(Math.min(...grown) < 200_000, `${grown} bytes`);
  });

test("an address that opens taps again and again is refused, after a second and until it waits", async (t) => {
  const clock = new VirtualClock();
  const { url, listeners } = await tapped(t, { clock });
  const end = new AbortController();
  const open = (): Promise<Response> => fetch(`${url}/a%20tap`, { signal: end.signal });
  for (let n = 0; n < 50; n++) assert.equal((await open()).status, 200);
  const gone = new AbortController();
  const refused = [open(), fetch(`${url}/a%20tap`, { signal: gone.signal })];
  await until("both to wait", () => clock.timers === 2);
  gone.abort();
  await assert.rejects(refused[1] ?? Promise.resolve());
  await until("the one to be forgotten", () => clock.timers === 1);
  assert.equal(listeners.size, 50);
  clock.advanceTo(1);
  const answer = await refused[0];
  assert.deepEqual([answer?.status, answer?.headers.get("retry-after")], [503, "1"]);
  assert.equal(await answer?.text(), "your address opens taps too often: keep connections, or try again later\n");
  assert.equal((await open()).status, 200);
  end.abort();
  await until("all to be gone", () => listeners.size === 0);
});

test("a tap that is not there is 404", async (t) => {
  const { url } = await tapped(t);
  for (const name of ["other", "%", "a%20tap/"]) {
    const answer = await fetch(`${url}/${name}`);
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /^there is no tap ".*"; \/api\/taps has all/);
  }
  assert.match(await (await fetch(`${url}/`)).text(), /^not found; there are .* \/api\/taps\/NAME$/m);
});

test("a stop of the door ends every stream", async (t) => {
  const { door, url, listeners } = await tapped(t);
  const answer = await fetch(`${url}/a%20tap`);
  await door.stop();
  await assert.rejects(answer.text());
  await until("the listener to be gone", () => listeners.size === 0);
});
