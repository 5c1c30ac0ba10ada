import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mock, type TestContext, test } from "node:test";
import { type ReplayFlags, replayCommand } from "../../src/cli/replay.ts";
import { shortPath } from "../../src/routes/problem.ts";
import { type Came, captureOf, record } from "../capture/captured.ts";
import { routeDir } from "../routes/route-dir.ts";
import { fastTs, fastTsHere, type Result } from "./fast-ts.ts";

const route = (most: number): string => `import { email, pipeline, stdout, throttle } from "fast-ts";
pipeline("alerts", [throttle(${most}, 60), email("ops@example.com")]);
pipeline("all", [stdout()]);
`;
const CAME: readonly Came[] = [
  { arrival: 1_001.5, frames: [["a"], ["b"]] },
  { arrival: 1_002, frames: [["c"]] },
];

/** A capture, routes that mail one event a minute, and in `new` others that mail two. */
async function aReplay(t: TestContext): Promise<string> {
  const dir = await routeDir(t, {
    "alerts.ts": route(1),
    "new/alerts.ts": route(2),
    "none/_a.ts": "",
    "exit/a.ts": "process.exit(0);",
  });
  await record(t, join(dir, "capture"), CAME);
  return dir;
}

/** Runs the command in this process. */
async function replayHere(capture: string, routeDir: string, flags: Partial<ReplayFlags> = {}): Promise<Result> {
  let out = "";
  const write: Parameters<typeof replayCommand>[2] = (text, done) => {
    out += text;
    done();
  };
  const error = mock.method(console, "error", () => {});
  try {
    const all = {
      routeDir,
      defaultTtl: 60,
      maxAhead: 60,
      timeUnits: "on" as const,
      compare: undefined,
      sink: [],
      format: "pretty",
      ...flags,
    };
    const code = await replayCommand(capture, all, write);
    return { code, out, err: error.mock.calls.map((call) => `${call.arguments.join(" ")}\n`).join("") };
  } finally {
    error.mock.restore();
  }
}

test("for people a replay is a line for each output in order of time, then who got how much", async (t) => {
  const dir = await aReplay(t);
  const { code, out, err } = await replayHere(`${dir}/capture`, dir);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `1970-01-01T00:16:41.500Z email "alerts" - a
1970-01-01T00:16:41.500Z stdout "all" - a
1970-01-01T00:16:41.500Z stdout "all" - b
1970-01-01T00:16:42.000Z stdout "all" - c

3 events in 3 messages, 1970-01-01T00:16:40.000Z to 1970-01-01T00:16:42.000Z
"alerts" 3 offered, 3 taken, 0 restarts
    1 to email at email#1
"all" 3 offered, 3 taken, 0 restarts
    3 to stdout at stdout#0
`,
  );
});

test("a replay knows no silences: it shows what would have been told", async (t) => {
  const dir = await aReplay(t);
  const silences = join(dir, "silences.json");
  const always = {
    id: "a",
    query: "true",
    from: "1970-01-01T00:00:00Z",
    until: "2099-01-01T00:00:00Z",
    why: "w",
    who: "w",
  };
  writeFileSync(silences, JSON.stringify({ silences: [always] }));
  const text = `import { alert, pipeline, stdout } from "fast-ts";
pipeline("told", [alert([stdout()], { by: "service", trigger: () => true })]);`;
  const routes = await routeDir(t, { "a.ts": text });
  const { code, out } = await fastTs(
    ["replay", join(dir, "capture"), "--route-dir", routes, "--format", "pretty"],
    "",
    {
      FTS_SILENCES: silences,
    },
  );
  assert.deepEqual([code, out.match(/ stdout "told" /g)?.length], [0, 3]);
});

test("a list is one output: numbered lines for people, events for programs", async (t) => {
  const dir = await aReplay(t);
  const lists = await routeDir(t, {
    "lists.ts": `import { batch, email, pipeline } from "fast-ts";
pipeline("lists", [batch(2, 60), email("ops@example.com")]);`,
  });
  const { out } = await replayHere(`${dir}/capture`, lists);
  assert.equal(
    out.slice(0, out.indexOf("\n\n")),
    `1970-01-01T00:16:41.500Z email "lists" 1/2 - a
1970-01-01T00:16:41.500Z email "lists" 2/2 - b
1970-01-01T00:16:42.000Z email "lists" - c`,
  );
  const json = await replayHere(`${dir}/capture`, lists, { format: "json" });
  const [first, second] = json.out.split("\n").map((line) => line && JSON.parse(line));
  assert.deepEqual(
    first.events.map((event: { service: string }) => event.service),
    ["a", "b"],
  );
  assert.equal(second.event.service, "c");
});

test("for programs it is a JSON object a line, and --sink says of which sinks", async (t) => {
  const dir = await aReplay(t);
  const { code, out } = await fastTs(["replay", `${dir}/capture`, "--route-dir", dir, "--sink", "email"]);
  assert.equal(code, 0);
  const [output, last, ...rest] = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(rest, []);
  const { event, rendered, ...where } = output;
  assert.deepEqual(where, { at: 1001.5, sink: "email", pipeline: "alerts", stage: "email#1" });
  assert.deepEqual([event.service, event.time], ["a", 1001.5]);
  assert.match(rendered[0].body, /\r\nTo: ops@example.com\r\nSubject: a\r\n/);
  const { routes, ...counts } = last.summary;
  assert.deepEqual(counts, { events: 3, messages: 3, begun: 1000, ended: 1002 });
  assert.deepEqual(routes[0].pipelines[0], {
    name: "alerts",
    offered: 3,
    taken: 3,
    restarts: 0,
    sinks: [{ sink: "email", stage: "email#1", count: 1 }],
    drops: [],
  });
});

test("--compare prints only what the routes of before would not have done, or would", async (t) => {
  const dir = await aReplay(t);
  const { code, out } = await replayHere(`${dir}/capture`, `${dir}/new`, { compare: dir });
  assert.equal(code, 0);
  const lines = out.split("\n");
  assert.equal(lines[0], '+ 1970-01-01T00:16:41.500Z email "alerts" - b');
  assert.equal(lines[1], "");
  assert.equal(lines.at(-2), `0 outputs only in ${dir}, 1 only in ${dir}/new`);
});

test("a throw of a stage and a file of an earlier fast-ts that is cut short are told, and the replay goes on", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": `import { map, pipeline, stdout } from "fast-ts";
pipeline("a", [map((event) => { if (event.service === "a") throw new Error("cannot"); return event; }), stdout()]);`,
  });
  const whole = captureOf(CAME);
  writeFileSync(`${dir}/capture`, whole.subarray(0, -1));
  const { code, out, err } = await replayHere(`${dir}/capture`, dir);
  assert.equal(code, 0);
  assert.match(out, /^\S+ stdout "a" - b$/m);
  assert.match(out, /^"a" 2 offered, 2 taken, 1 restart\n {4}1 to stdout at stdout#1\n {4}1 lost: crash at map#0$/m);
  assert.match(err, /^1970-01-01T00:16:41\.500Z error stage threw, pipeline restarts pipeline=a stage=map#0/m);
  const cut = captureOf(CAME.slice(0, 1)).length;
  assert.match(
    err,
    new RegExp(`^fast-ts: ${dir}/capture ends within a message at byte ${cut}: it was read up to there$`, "m"),
  );
});

test("what cannot be replayed is one line, and says what to do", async (t) => {
  const dir = await aReplay(t);
  writeFileSync(`${dir}/text`, "hello, world");
  mkdirSync(`${dir}/empty`);
  for (const [words, code, message] of [
    [[`${dir}/nowhere`], 1, `${dir}/nowhere: there is no such recording; name what fast-ts start --record wrote`],
    [
      [`${dir}/text`],
      1,
      `${dir}/text is no capture of fast-ts start --record: it begins with "hello, ", not with "FTSCAPT"`,
    ],
    [
      [`${dir}/capture`, "--route-dir", `${dir}/gone`],
      1,
      `route directory ${dir}/gone: does not exist; make it with fast-ts init ${dir}/gone, or name another with --route-dir or FTS_ROUTE_DIR`,
    ],
    [
      [`${dir}/capture`, "--route-dir", `${dir}/none`],
      1,
      `${dir}/none: no pipeline is declared there, so there is nothing to run`,
    ],
    [
      [`${dir}/capture`, "--route-dir", `${dir}/exit`],
      1,
      `${shortPath(`${dir}/exit/a.ts`, process.cwd())}: calls process.exit(0): a route file must not end the process`,
    ],
    [
      [`${dir}/capture`, "--route-dir", dir, "--sink", "emil"],
      2,
      '--sink: the routes have no sink "emil": there is email, stdout; did you mean email?',
    ],
    [
      [`${dir}/capture`, "--route-dir", dir, "--format", "xml"],
      2,
      '--format: must be one of auto, pretty, json, got "xml"',
    ],
  ] as const) {
    assert.deepEqual(await fastTsHere(["replay", ...words]), { code, out: "", err: `fast-ts: ${message}\n` });
  }
});

test("of a directory without a recording it is not said that no client sent anything", async (t) => {
  const dir = await aReplay(t);
  mkdirSync(`${dir}/other`);
  const { code, err } = await replayHere(`${dir}/other`, dir);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: .*other has no file of a recording; name what fast-ts start --record wrote\n$/);
});

test("a capture in which nothing is says so", async (t) => {
  const dir = await aReplay(t);
  await record(t, `${dir}/nothing`, []);
  const { code, out, err } = await replayHere(`${dir}/nothing`, dir);
  assert.deepEqual([code, err], [0, "fast-ts: nothing is recorded there: no client sent anything meanwhile\n"]);
  assert.match(out, /^\n0 events in 0 messages, /);
});

test("what cannot be read is told after the replay of all else, and the exit code is 1", async (t) => {
  const dir = await aReplay(t);
  const [segment = ""] = readdirSync(`${dir}/capture`).filter((name) => name.endsWith(".seg"));
  const path = join(dir, "capture", segment);
  const bytes = readFileSync(path);
  bytes[bytes.length - 2] = 0xff;
  writeFileSync(path, bytes);
  const { code, out, err } = await replayHere(`${dir}/capture`, dir);
  assert.equal(code, 1);
  assert.match(out, /^2 events in 2 messages/m);
  assert.match(err, new RegExp(`^fast-ts: ${path} is damaged at byte \\d+: no whole entry begins here$`, "m"));
});

test("what would be posted to people is shown, and another text is a difference", async (t) => {
  const post = (options: string): string =>
    `import { pipeline, slack, secret } from "fast-ts";\npipeline("p", [slack(secret("SLACK_URL"), ${options})]);`;
  const dir = await routeDir(t, { "a.ts": post("{}"), "new/a.ts": post('{ title: () => "alarm" }') });
  await record(t, join(dir, "capture"), CAME.slice(1));
  const shown = await replayHere(`${dir}/capture`, dir);
  assert.match(shown.out, /slack "p" - c\n {4}POST secret\(SLACK_URL\)\n {4}\{"text":"event: c","attachments":\[/);
  const compared = await replayHere(`${dir}/capture`, join(dir, "new"), { compare: dir, format: "json" });
  const texts = compared.out.split("\n").flatMap((line) => {
    const { change, rendered } = line === "" ? {} : JSON.parse(line);
    return change === undefined ? [] : [`${change} ${JSON.parse(rendered[0].body).text}`];
  });
  assert.deepEqual(texts, ["removed event: c", "added alarm"]);
});
