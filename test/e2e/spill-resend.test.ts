import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { ItemCodec } from "../../src/delivery/item-codec.ts";
import { SPILL_FILES } from "../../src/delivery/open-store.ts";
import { describeTarget } from "../../src/delivery/spill-directory.ts";
import { encodeItems } from "../../src/delivery/spill-entry.ts";
import { SpillLogs } from "../../src/delivery/spill-logs.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { decodeMsg, encodeFrame } from "../../src/wire/codec.ts";
import { fastTsHere } from "./fast-ts.ts";

/** A directory with the spill of the target `a`: three batches of ten events. */
async function spilled(t: TestContext): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "fast-ts-resend-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, "spill", "a");
  const codec = new ItemCodec();
  const logs = await SpillLogs.open({
    dir,
    codec: codec.name,
    ...SPILL_FILES,
    segmentBytes: 1e6,
    onDamage: () => assert.fail(),
  });
  await describeTarget(NODE_FILES, dir, { target: "target a", id: "a" });
  for (let n = 0; n < 30; n += 10) {
    const items = Array.from({ length: 10 }, (_, at) => event({ service: `${n + at}`, time: 1 }));
    await logs.append(encodeItems(codec, n + 1, { items, events: 10, bytes: 1000, born: 1 }, 1_000));
  }
  await logs.close();
  return root;
}

/** A Riemann server: what it answers to each message, `null` to hang up on it. Each message is one batch. */
async function server(t: TestContext, answers: readonly (object | null)[]): Promise<{ to: string; got: string[] }> {
  const got: string[] = [];
  const left = [...answers];
  const listening = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on("data", (more) => {
      bytes = Buffer.concat([bytes, more]);
      if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32BE(0)) return;
      for (const { service } of decodeMsg(bytes.subarray(4)).events ?? []) got.push(String(service));
      bytes = Buffer.alloc(0);
      const answer = left.shift() ?? null;
      if (answer === null) socket.destroy();
      else socket.write(encodeFrame(answer));
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  t.after(() => listening.close());
  await once(listening, "listening");
  return { to: `127.0.0.1:${(listening.address() as AddressInfo).port}`, got };
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `${from + n}`);

test("a resend that is cut off says how much went, what is left and what may come twice; the next one sends that", async (t) => {
  const root = await spilled(t);
  const ok = { ok: true };
  const first = await server(t, [ok, null]);
  const cut = await fastTsHere(["spill", root, "resend", "a", "--to", first.to]);
  assert.deepEqual([cut.code, cut.out], [1, "10 items sent\n"]);
  const words =
    /^fast-ts: spill: .*closed the connection.*; 20 items are left: the same command goes on with them, 10 of which may have come, and then come twice\n$/;
  assert.match(cut.err, words);
  const second = await server(t, [{ ok: false, error: "full" }]);
  const refused = await fastTsHere(["spill", root, "resend", "a", "--to", second.to]);
  assert.deepEqual([refused.code, refused.out], [1, "0 items sent\n"]);
  assert.match(refused.err, /refused: full; 20 items are left: the same command goes on with them\n$/);
  const third = await server(t, [ok, ok]);
  const whole = await fastTsHere(["spill", root, "resend", "a", "--to", third.to]);
  assert.deepEqual([whole.code, whole.out, whole.err], [0, "20 items sent\n", ""]);
  assert.deepEqual([first.got, third.got], [numbers(0, 20), numbers(10, 30)]);
  assert.match((await fastTsHere(["spill", root, "list"])).out, /^no spill in /);
});
