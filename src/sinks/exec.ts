import { basename } from "node:path";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, Secret } from "../delivery/secret.ts";
import { linesOf } from "../text/json-lines.ts";
import type { ExecConfig } from "./exec-writer.ts";
import { targetIdentity } from "./target-identity.ts";
import { checkRevealed, hiddenOf } from "./text-or-secret.ts";

/** How a program is run; a field left out has its default. */
export interface ExecOptions extends DeliveryOptions {
  /** Environment variables beside those of the daemon, credentials as `secret(…)`. @default none */
  readonly env?: Readonly<Record<string, string | Secret>>;
  /** Exit codes by which the program says that it will never take these events. @default 65, `EX_DATAERR` of `sysexits.h` */
  readonly refused?: readonly number[];
}

const EX_DATAERR = 65;

/**
 * Runs a program for each event, or for what waits together, and passes events on. There is no shell: arguments are as they
 * are.
 *
 * Sent: to its standard input a line of JSON for each event, as `stdout()` prints it, and then its end. Its environment is
 * that of the daemon and `env`; its standard output is thrown away. All pipelines of the process that run the same command
 * share one queue.
 * Limits: 500 events or about 1 MiB a run, one run at a time; the order is kept. A run that takes longer than `timeout`, 30
 * seconds, is killed with all that it started and that is still of its process group.
 * Tried again: a run that exits with another code than 0, is killed by a signal, or takes too long.
 * Given up: a run that exits with a code of `refused` is halved until the events are found; all of a run when there is no such
 * program. What it wrote last to its standard error is the answer.
 * Duplicates: a run that failed is done again, with all of its events, even those that it had dealt with.
 *
 * @param command - The program, by its path or as `PATH` has it, and its arguments.
 * @throws FastTsError `FTS_STAGE_OPTION` when `command` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("restart what hangs", [
 *   filter((e) => e.service === "worker heartbeat" && e.state === "expired"),
 *   exec(["/usr/local/bin/restart-worker", "--quiet"], { timeout: 60, retryFor: 600 }),
 * ]);
 */
export function exec(command: readonly string[], options: ExecOptions = {}): Through<EventOrList> {
  checkOption("exec", "command", command, COMMAND);
  checkKeys("exec", options, [...DELIVERY_OPTIONS, "env", "refused"]);
  const { env = {}, refused = [EX_DATAERR], name, deadLetters } = options;
  checkOption("exec", "env", env, ENV);
  for (const [variable, value] of Object.entries(env))
    if (value instanceof Secret) checkRevealed("exec", `env.${variable}`, value, VARIABLE);
  checkOption("exec", "refused", refused, EXIT_CODES);
  const [program = "", ...args] = command;
  const identity = targetIdentity("exec", {
    name,
    shown: basename(program),
    address: [command, env],
    shape: [refused],
  });
  const { label } = identity;
  return deliverySink(
    "exec",
    {
      ...identity,
      settings: settingsOf("exec", options, DELIVERY_DEFAULTS),
      kind: "exec",
      config: (): ExecConfig => ({
        label,
        program,
        args,
        refused,
        env: Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, reveal(value)])),
        hidden: hiddenOf(...Object.values(env)),
      }),
      render: linesOf,
      shown: (body) => [{ to: command.join(" "), body }],
    },
    { deadLetters },
  );
}

const isText = (v: unknown): boolean => typeof v === "string" && !v.includes("\0");
const COMMAND: Rule = {
  must: 'a list of texts, the program and its arguments, such as ["/usr/bin/logger", "-t", "fast-ts"]; credentials go to env',
  test: (v) => Array.isArray(v) && v.length > 0 && v[0] !== "" && v.every(isText),
};
const VARIABLE: Rule = { must: "a text without a null character", test: isText };
const ENV: Rule = {
  must: 'an object of texts and secret("NAME")s',
  test: (v) =>
    typeof v === "object" && v !== null && Object.values(v).every((one) => one instanceof Secret || isText(one)),
};
const EXIT_CODES: Rule = {
  must: "a list of exit codes, 1 to 255",
  test: (v) => Array.isArray(v) && v.every((code) => Number.isInteger(code) && code >= 1 && code <= 255),
};
