import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { loadSilences } from "../../src/silences/silence-file.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { fastTsHere } from "./fast-ts.ts";

const ROUTES = {
  "a.ts": 'import { alert, pipeline, stdout } from "fast-ts";\npipeline("alerts", [alert([stdout()])]);',
};

for (const workers of [0, 1])
  test(`a silence holds a running daemon's alerts back until it is ended, with ${workers} workers`, async (t) => {
    const file = join(routeDir(t, {}), "silences.json");
    const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", `${workers}`, "--silences", file]);
    const command = (...words: string[]) => fastTsHere(["silence", ...words, "--silences", file]);
    const begun = await command('host = "db1"', "--for", "2h", "--why", "new disks", "--who", "ann");
    const [, id = ""] = /^([0-9a-f]{8}) until 20\d\d-/.exec(begun.out) ?? [];
    assert.deepEqual([begun.code, begun.err], [0, ""]);
    await daemon.logged("silences read");
    const client = await Client.open(daemon.port);
    t.after(() => client.socket.destroy());
    const events = ["db1", "db2"].map((host) => ({ host, service: "disk", state: "critical" }));
    await client.ask({ events });
    await daemon.until("the alert that is not silenced", () => daemon.printed.length === 1);
    assert.match(daemon.printed[0] ?? "", /"host":"db2".*"alert phase":"trigger"/);
    const listed = await command("list");
    assert.match(listed.out, new RegExp(`^${id}  until 20.*Z  host = "db1"  ann: new disks\\n$`));
    const ended = await command("end", id);
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    await daemon.until("what still fires", () => daemon.printed.length === 2);
    assert.match(daemon.printed[1] ?? "", /"host":"db1".*"alert phase":"trigger"/);
    assert.equal((await daemon.pipeline("alerts")).stages[0]?.dropped.silenced, 1);
    assert.match((await command("list")).out, new RegExp(`^${id}  ended `));
    const again = await command("end", id);
    assert.deepEqual([again.code, /^fast-ts: silence \w+ ended at /.test(again.err)], [1, true]);
    await daemon.stop();
  });

test("a list shows control characters, and does not send them to the terminal", async (t) => {
  const file = join(routeDir(t, {}), "silences.json");
  await fastTsHere(["silence", "true", "--for=1d", "--why=a\u001b[2Jb", "--who=c\nd", "--silences", file]);
  const { out } = await fastTsHere(["silence", "list", "--silences", file]);
  assert.match(out, /^[^\n]* c\\nd: a\\u001b\[2Jb\n$/);
});

test("a silence may begin later", async (t) => {
  const file = join(routeDir(t, {}), "silences.json");
  await fastTsHere(["silence", "true", "--for=1d", "--from=2099-01-01T00:00Z", "--why=w", "--silences", file]);
  const [silence] = await loadSilences(file);
  assert.deepEqual([silence?.from, silence?.until], [4_070_908_800, 4_070_995_200]);
  const { out } = await fastTsHere(["silence", "list", "--silences", file]);
  assert.match(out, /from {2}2099-01-01T00:00:00.000Z until 2099-01-02T00:00:00.000Z/);
});

test("what is missing or wrong is said", async (t) => {
  const file = join(routeDir(t, {}), "silences.json");
  const wrong: readonly [readonly string[], number, RegExp][] = [
    [["true"], 2, /there is no file: name one with --silences FILE \(FTS_SILENCES\) or --data DIR \(FTS_DATA\)/],
    [["true", "--why=w", "--silences", file], 2, /needs --for, such as --for 2h/],
    [["true", "--for=2h", "--silences", file], 2, /needs --why/],
    [["true", "--for=2", "--why=w", "--silences", file], 2, /--for: must be a span/],
    [["host =", "--for=2h", "--why=w", "--silences", file], 1, /column/],
    [["host = db1", "--for=2h", "--why=w", "--silences", file], 1, /column 8: "db1" without .* write host = "db1", or/],
    [["true", "--from=2020-01-01", "--for=2h", "--why=w", "--silences", file], 2, /would have ended at 2020-01-01T/],
    [["end", "--silences", file], 2, /needs an id/],
    [["end", "abc", "--silences", file], 1, /has no silence "abc"/],
    [["end", "abc", "--for=2h", "--silences", file], 2, /silence end: takes no --for/],
    [["list", "--why=w", "--silences", file], 2, /silence list: takes no --why/],
    [["list", "abc", "--silences", file], 2, /silence list: takes no id, it shows all/],
    [
      ["lst", "--for=2h", "--why=w", "--silences", file],
      2,
      /takes a query such as 'host = "db1"', list or end, got lst/,
    ],
    [["host", "=", "--for=2h", "--why=w", "--silences", file], 2, /takes one query, in quotes, got host and =/],
  ];
  for (const [words, code, message] of wrong) {
    const result = await fastTsHere(["silence", ...words]);
    assert.deepEqual([result.code, message.test(result.err)], [code, true], result.err);
  }
  assert.deepEqual(await loadSilences(file), []);
});
