import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { type ExecOptions, exec } from "../../src/sinks/exec.ts";
import { setEnvironment } from "../environment.ts";
import { isBalanced } from "../sinks/live.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";

/** A directory, and a sink that runs a script of the shell in it: `$0` is the directory. */
function running(t: TestContext, script: string, options: ExecOptions = {}, ...args: string[]) {
  const dir = mkdtempSync(join(tmpdir(), "fts-exec-"));
  const outside = new Outside([exec(["/bin/sh", "-c", script, dir, ...args], { ...PATIENT, ...options })], "exec#0");
  t.after(() => {
    outside.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    outside,
    read: (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), "utf8") : ""),
  };
}

const events = (count: number) => Array.from({ length: count }, (_, n) => ({ service: `s ${n}`, time: 7 }));
const linesOf = (count: number): string =>
  events(count)
    .map((one) => `${JSON.stringify(event(one))}\n`)
    .join("");
const logOf = ({ live }: Outside): string => JSON.stringify(live.log);

/** Whether a process is there, other than as a zombie. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${Number(pid)}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Children of this process that have ended and were not waited for. */
function zombies(): string[] {
  const own = String(process.pid);
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, state, parent] = /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return state === "Z" && parent === own;
    } catch {
      return false;
    }
  });
}

test("a program gets events in order, its arguments as they are, and credentials in its environment", async (t) => {
  setEnvironment(t, { FTS_TEST_EXEC: "a secret value" });
  const script = 'cat >>"$0/got"; printf "%s|%s" "$1" "$TOKEN" >"$0/args"';
  const options = { env: { TOKEN: secret("FTS_TEST_EXEC") }, batch: { events: 100 } };
  const { outside, read } = running(t, script, options, "$HOME; * `id`");
  outside.offer(...events(1000));
  await outside.settled();
  assert.equal(read("got"), linesOf(1000));
  assert.equal(read("args"), "$HOME; * `id`|a secret value");
  assert.equal(outside.report.delivered, 1000);
});

test("what fails is done again, and the log has its last words, without credentials", async (t) => {
  setEnvironment(t, { FTS_TEST_EXEC: "a secret value" });
  const script = '[ -e "$0/once" ] && exec cat >>"$0/got"; >"$0/once"; echo first >&2; echo "no $TOKEN" >&2; exit 3';
  const { outside, read } = running(t, script, { env: { TOKEN: secret("FTS_TEST_EXEC") } });
  outside.offer(...events(3));
  await outside.settled();
  assert.equal(read("got"), linesOf(3));
  assert.match(logOf(outside), /exec sh exited with 3: no \*\*\*/);
});

test("a credential that stands where the last words begin is not in them in part", async (t) => {
  setEnvironment(t, { FTS_TEST_EXEC: "a secret value" });
  const script = '{ printf "%s" "$TOKEN"; head -c 2040 /dev/zero | tr "\\0" x; } >&2; exit 65';
  const { outside } = running(t, script, { env: { TOKEN: secret("FTS_TEST_EXEC") } });
  outside.offer(...events(1));
  await outside.settled();
  assert.match(logOf(outside), /exited with 65: x/);
  assert.doesNotMatch(logOf(outside), /value/);
});

test("an event that the program refuses is found, all others are taken; its words are the answer", async (t) => {
  const script =
    'lines=$(cat); case $lines in *bad*) echo "cannot use it" >&2; exit 65;; esac; echo "$lines" >>"$0/got"';
  const { outside, read } = running(t, script);
  outside.offer({ service: "a" }, { service: "bad" }, { service: "b" }, { service: "c" });
  await outside.settled();
  assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [3, 1]);
  const services = read("got")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).service);
  assert.deepEqual(services.toSorted(), ["a", "b", "c"]);
  assert.match(logOf(outside), /cannot use it/);
});

test("one that takes too long is killed with what it started", async (t) => {
  const script = 'sleep 1000 & echo "$! $$" >"$0/pids"; [ -e "$0/once" ] && exit 0; >"$0/once"; wait';
  const { outside, read } = running(t, script, { timeout: 100 });
  outside.offer({ service: "a" });
  await outside.standing(() => read("pids").endsWith("\n"));
  const pids = read("pids").trim().split(" ");
  assert.deepEqual(pids.map(isAlive), [true, true]);
  outside.clock.advanceTo(outside.clock.now() + 100);
  await outside.settled();
  await outside.until(() => !pids.some(isAlive));
  assert.match(logOf(outside), /no answer within 100 s/);
  process.kill(Number(read("pids").split(" ")[0]), "SIGKILL"); // of the second run, which left it behind
});

test("one that reads nothing, or leaves something behind that holds its pipes, is over when it ends", async (t) => {
  const big = Array.from({ length: 400 }, (_, n) => ({ service: `s ${n}`, description: "x".repeat(2000) }));
  const { outside, read } = running(t, 'sleep 1000 & echo "$!" >"$0/pid"; exit 0');
  outside.offer(...big);
  await outside.settled();
  assert.equal(outside.report.delivered, 400);
  process.kill(Number(read("pid")), "SIGKILL");
  const failing = running(
    t,
    '[ -e "$0/once" ] && exit 0; >"$0/once"; sleep 1000 & echo "$!" >"$0/pid"; echo no >&2; exit 1',
  );
  failing.outside.offer({ service: "a" });
  await failing.outside.settled();
  assert.match(logOf(failing.outside), /exited with 1: no/);
  process.kill(Number(failing.read("pid")), "SIGKILL");
});

test("what a program prints takes no memory", async (t) => {
  const { outside } = running(t, "head -c 250M /dev/zero; head -c 150M /dev/zero >&2; echo last >&2; exit 65");
  const before = process.memoryUsage().rss;
  outside.offer({ service: "a" });
  let most = 0;
  await outside.until(({ pending }) => {
    most = Math.max(most, process.memoryUsage().rss);
    return pending === 0;
  });
  assert.equal(outside.report.dropped.refused, 1);
  assert.match(logOf(outside), /exited with 65/);
  assert.ok(most - before < 200 * 1024 * 1024, `${most - before} bytes more`); // of the 400 MB that it printed
});

test("a program that is not there, or may not be run, is refused, and the log says so", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "fts-exec-"));
  t.after(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "plain"), "");
  chmodSync(join(dir, "plain"), 0o644);
  for (const [command, words] of [
    ["no-such-program", "there is no no-such-program in PATH"],
    [join(dir, "none"), `there is no ${join(dir, "none")}`],
    [join(dir, "plain"), `${join(dir, "plain")} may not be run (EACCES)`],
  ] as const) {
    const outside = new Outside([exec([command])], "exec#0");
    t.after(() => outside.close());
    outside.offer(...events(3));
    await outside.settled();
    assert.equal(outside.report.dropped.refused, 3);
    assert.ok(logOf(outside).includes(words), logOf(outside));
    assert.ok(isBalanced(outside.report));
  }
});

test("a target that is closed kills what runs; no run leaves a zombie", async (t) => {
  const { outside, read } = running(t, 'echo $$ >"$0/pid"; exec sleep 1000');
  outside.offer({ service: "a" });
  await outside.until(() => read("pid").endsWith("\n"));
  const pid = read("pid").trim();
  assert.ok(isAlive(pid));
  outside.close();
  await outside.until(() => !isAlive(pid) && zombies().length === 0);
});

const WRONG: readonly (readonly [() => unknown, RegExp])[] = [
  [() => exec("logger" as never), /exec\(command\): must be a list of texts, the program and its arguments/],
  [() => exec([]), /exec\(command\): must be a list of texts/],
  [() => exec(["a", secret("A") as never]), /exec\(command\): .*credentials go to env/],
  [() => exec(["a"], { env: { A: 1 as never } }), /exec\(env\): must be an object of texts/],
  [() => exec(["a"], { refused: [0] }), /exec\(refused\): must be a list of exit codes, 1 to 255/],
  [
    () => exec(["a"], { refuse: [1] } as never),
    /there is no option "refuse"; did you mean "refused"\? it takes name, /,
  ],
  [() => exec(["a"], { shell: true } as never), /exec\(options\): there is no option "shell"/],
];

test("a wrong option says what it must be", () => {
  for (const [make, message] of WRONG)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
