import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TlsCertificate } from "../../src/doors/tls-certificate.ts";
import type { TlsFiles } from "../../src/doors/tls-files.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const START = 1_700_000_000;
const DAY = 24 * 3600;

function files(digest: string, notAfter = 2_000_000_000): TlsFiles {
  return { cert: Buffer.alloc(0), key: Buffer.alloc(0), digest, notAfter };
}

async function setUp(first: TlsFiles) {
  const clock = new VirtualClock(START);
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const disk: { found: TlsFiles | string } = { found: first };
  const read = (): Promise<TlsFiles> =>
    typeof disk.found === "string" ? Promise.reject(new Error(disk.found)) : Promise.resolve(disk.found);
  const log = { debug: note, info: note, warn: note, error: note };
  const certificate = await TlsCertificate.open({ read, clock, log });
  const renewed: string[] = [];
  certificate.onRenewed = ({ digest }) => renewed.push(digest);
  const look = async (found: TlsFiles | string): Promise<void> => {
    disk.found = found;
    clock.advanceTo(clock.now() + 5);
    await turn();
  };
  return { certificate, clock, lines, renewed, look };
}

const NOT_READ = "the TLS certificate is not read anew, the old one stays";

test("a change is used once it was found twice in a row", async () => {
  const { certificate, lines, renewed, look } = await setUp(files("a"));
  for (const found of [files("a"), files("b"), files("c"), files("b")]) await look(found);
  assert.deepEqual([renewed, certificate.files.digest], [[], "a"]);
  await look(files("b"));
  await look(files("b"));
  assert.deepEqual([renewed, certificate.files.digest], [["b"], "b"]);
  assert.deepEqual(lines, [{ message: "TLS certificate read anew", not_after: "2033-05-18T03:33:20.000Z" }]);
});

test("a file that is being written is no trouble; what stays wrong is told once, and the old one holds", async () => {
  const { certificate, lines, renewed, look } = await setUp(files("a"));
  for (const found of ["cut off", files("b"), "cut off", files("a")]) await look(found);
  assert.deepEqual(lines, []);
  for (let n = 0; n < 5; n++) await look("wrong");
  for (let n = 0; n < 3; n++) await look("also wrong");
  assert.deepEqual(lines.splice(0), [
    { message: NOT_READ, error: "wrong" },
    { message: NOT_READ, error: "also wrong" },
  ]);
  for (let n = 0; n < 3; n++) await look(files("a"));
  assert.deepEqual([renewed, lines, certificate.files.digest], [[], [], "a"]);
  for (let n = 0; n < 3; n++) await look("wrong");
  assert.equal(lines.length, 1, "it was well in between");
});

test("one that ends within a week, or has ended, is warned about when it is read", async () => {
  const { lines } = await setUp(files("a", START + 6 * DAY));
  assert.equal(lines[0]?.message, "the TLS certificate ends soon");
  const { lines: more, look } = await setUp(files("a", START + 8 * DAY));
  assert.deepEqual(more, []);
  for (let n = 0; n < 2; n++) await look(files("b", START - 1));
  assert.deepEqual(
    more.map(({ message }) => message),
    ["TLS certificate read anew", "the TLS certificate has ended"],
  );
});

test("looks no more once it has stopped", async () => {
  const { certificate, clock } = await setUp(files("a"));
  assert.equal(clock.timers, 1);
  certificate.stop();
  assert.equal(clock.timers, 0);
});
