import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTIONS } from "../../src/options.ts";
import { fastTs, fastTsHere } from "./fast-ts.ts";

test("--help names every command", async () => {
  const { code, out } = await fastTsHere(["--help"]);
  assert.equal(code, 0);
  for (const command of [
    "start",
    "check",
    "test",
    "replay",
    "sink-test",
    "send",
    "query",
    "silence",
    "spill",
    "init",
    "version",
  ])
    assert.match(out, new RegExp(`fast-ts ${command} `));
});

test("start --help names every option, its variables and its default", async () => {
  const { code, out } = await fastTsHere(["start", "--help"]);
  assert.equal(code, 0);
  const words = out.replace(/\s+/g, " ");
  for (const { name, env } of Object.values(OPTIONS)) {
    assert.ok(words.includes(`--${name} `), name);
    assert.ok(words.includes(`[env: ${env.join(", ")}]`), name);
  }
});

test("version prints the version of the package", async () => {
  const { code, out } = await fastTsHere(["version"]);
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
});

for (const [words, message] of [
  [
    [],
    "which command? start, check, test, replay, sink-test, send, query, silence, spill, init or version; see fast-ts --help",
  ],
  [["strt"], "unknown command: strt; did you mean start? See fast-ts --help"],
  [["chek", "routes"], "unknown command: chek; did you mean check? See fast-ts --help"],
  [["check", "--no-secret"], "unknown argument: --no-secret; did you mean --no-secrets? See fast-ts check --help"],
  [["check", "--foo-bar=1"], "unknown argument: --foo-bar; see fast-ts check --help"],
  [["check", "a", "b"], "unknown argument: b; see fast-ts check --help"],
  [["test", "-x", "--fooBar"], "unknown arguments: -x, --fooBar; see fast-ts test --help"],
  [["send", "--sevice", "x"], "unknown argument: --sevice; did you mean --service? See fast-ts send --help"],
  [["spill", "data", "lst"], 'what: must be one of list, show, resend, drop, got "lst"; see fast-ts spill --help'],
  [["test", "--reporter", "x"], '--reporter: must be one of spec, tap, junit, got "x"; see fast-ts test --help'],
  [
    ["start", "extra"],
    "start: takes options alone, extra is none; for a directory of routes: fast-ts start --route-dir extra; see fast-ts start --help",
  ],
  ...["list", "show graphite-old", "drop"].map((words): [string[], string] => {
    const [what] = words.split(" ");
    const dir = "the directory that start has as --data (FTS_DATA), or a sink as spill: { dir }";
    const message = `spill: DIR is missing in fast-ts spill DIR ${what}: ${dir}; see fast-ts spill --help`;
    return [["spill", ...words.split(" ")], message];
  }),
  [["spill"], "spill needs an argument: the directory that start has as --data; see fast-ts spill --help"],
  [["spill", "data"], "spill: data is followed by list, show, resend or drop; see fast-ts spill --help"],
  [["replay"], "replay needs an argument: the directory of --record; see fast-ts replay --help"],
  [["start", "--prot", "1"], "unknown argument: --prot; did you mean --port? See fast-ts start --help"],
  [["start", "--workers", "many"], '--workers: must be a whole number from 0 to 1024, got "many"'],
  [["start", "--port"], "not enough arguments following: port; see fast-ts start --help"],
  [["send"], "send: say what to send, with --service, --metric and the like or with --stdin"],
  [["send", "a:b:c", "--service", "x"], 'send: the server must be HOST:PORT, got "a:b:c"'],
  [["start", "--watch=maybe"], '--watch: must be true or false, got "maybe"'],
  [
    ["send", "--stdin", "--service", "x"],
    "send: say what to send, with --service, --metric and the like or with --stdin, not both",
  ],
  [
    ["send", "::1:37703", "--service", "x"],
    'send: the server must be HOST:PORT, an IPv6 address in brackets: [::1]:5555, got "::1:37703"',
  ],
  [
    ["send", "fe80::1", "--service", "x"],
    'send: the server must be HOST:PORT, an IPv6 address in brackets: [::1]:5555, got "fe80::1"',
  ],
  [["send", "--attribute", "x"], '--attribute: must be NAME=VALUE, got "x"'],
  [["send", "--service", "a", "--service", "b"], "--service: may be given once, is given 2 times"],
  [["start", "--port", "1", "--port", "2"], "--port: may be given once, is given 2 times"],
  [["test", "--timeout", "1", "--timeout", "2"], "--timeout: may be given once, is given 2 times"],
  [["send", "--service="], "--service: must not be empty"],
  [["send", "--service", "a", "--tag", ""], "--tag: must not be empty"],
  [["query", ""], "query: must not be empty"],
  [["send", "a:1", "--port", "2", "--service", "x"], 'send: the port is given twice, in "a:1" and with --port 2'],
  [["query", "true", "--port", "0"], "query: the port must be a whole number from 1 to 65535, got 0"],
  [["test", "--name", "("], '--name: must be a regular expression, got "("'],
  [["send", "--metric", "many"], '--metric: must be a number, got "many"'],
] as const) {
  test(`"fast-ts ${words.join(" ")}" is one line that says what is wrong, and exit code 2`, async () => {
    assert.deepEqual(await fastTsHere(asText(words)), { code: 2, out: "", err: `fast-ts: ${message}\n` });
  });
}

/** With the log of `start` as on a terminal. */
function asText([command, ...rest]: readonly string[]): readonly string[] {
  if (command !== "start") return command === undefined ? [] : [command, ...rest];
  return [command, "--log-format", "pretty", ...rest];
}

for (const flags of [["--watch"], ["--watch=on"], ["--watch=false"], ["--no-watch"]])
  test(`${flags} is a switch as it should be: what is wrong is the next flag`, async () => {
    const { code, err } = await fastTsHere(asText(["start", ...flags, "--workers", "many"]));
    assert.deepEqual([code, err.startsWith("fast-ts: --workers: must be")], [2, true]);
  });

test("a wrong variable is one line that names it, and exit code 2", async () => {
  const { code, err } = await fastTs(["start"], "", { FTS_PORT: "x", FTS_LOG_FORMAT: "pretty" });
  assert.deepEqual([code, err], [2, 'fast-ts: FTS_PORT: must be a whole number from 0 to 65535, got "x"\n']);
});
