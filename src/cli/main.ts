import yargs, { type Argv } from "yargs";
import { codeOf, coerceError, FastTsError } from "../errors.ts";
import { OPTIONS } from "../options.ts";
import { readFlags, resolveOptions } from "../resolve-options.ts";
import { COMMANDS, checkValues, inOurWords, SPILL_WORDS } from "./command-words.ts";
import { tellFailure } from "./failure.ts";
import { FLAGS } from "./flags.ts";
import { serverAddress } from "./server-address.ts";
import { version } from "./version.ts";

/**
 * Runs a command line and returns its exit code: 0 success, 1 failure, 2 wrong usage, which a file that is
 * missing is not. Each command is loaded when it runs: --help needs none of them.
 */
export async function main(words: readonly string[]): Promise<number> {
  let code = 0;
  const run = async (command: Promise<number>): Promise<void> => {
    code = await command;
  };
  try {
    await commandLine(words, run).parseAsync();
    return code;
  } catch (thrown) {
    const error = coerceError(thrown);
    // The reader of the output has closed it.
    if (codeOf(error) === "EPIPE") return 0;
    await tellFailure(words, error);
    return error instanceof FastTsError && error.code === "FTS_OPTION" ? 2 : 1;
  }
}

function commandLine(words: readonly string[], run: (command: Promise<number>) => Promise<void>): Argv {
  return yargs(words)
    .scriptName("fast-ts")
    .usage("Usage: $0 <command> [options]\n\nRoutes metrics and events through pipelines written in TypeScript.")
    .command(
      "start",
      "run the router",
      (y) =>
        y
          .usage(
            "Usage: $0 start [options]\n\nListens for Riemann clients and runs every pipeline of the route directory.",
          )
          .options(FLAGS.start)
          .example("$0 start", "run routes/ on 127.0.0.1:5555")
          .example("$0 start --host 0.0.0.0 --route-dir /etc/fast-ts", "listen for other machines, run other routes")
          .example("$0 start --workers 0 --log-level debug", "run everything in one thread, to debug routes")
          .epilogue("SIGTERM and SIGINT stop it, a second signal after a second at once; SIGHUP reloads the routes."),
      (flags) => run(import("./start.ts").then(({ startCommand }) => startCommand(readFlags(flags)))),
    )
    .command(
      "check [dir]",
      "check route files without running them",
      (y) =>
        y
          .usage(
            "Usage: $0 check [dir]\n\nCompiles, type-checks and builds every pipeline; opens no port and no connection.",
          )
          .positional("dir", { type: "string", describe: ROUTE_DIR, default: routeDir() })
          .options(FLAGS.check)
          .example("$0 check", "check the routes that start would run")
          .epilogue("Exits with 1 when something is wrong."),
      ({ dir, ...flags }) => run(import("./check.ts").then(({ checkCommand }) => checkCommand(dir, flags))),
    )
    .command(
      "test [paths..]",
      "run the tests of route files",
      (y) =>
        y
          .usage("Usage: $0 test [paths..] [options]\n\nRuns test files, *.test.ts, on route files in virtual time.")
          .positional("paths", {
            type: "string",
            array: true,
            describe: "test files, or directories of them [env: FTS_ROUTE_DIR]",
            default: [routeDir()],
          })
          .options(FLAGS.test)
          .example("$0 test", "run every *.test.ts beside the routes that start would run")
          .example(
            "$0 test routes/api.test.ts --name latency --watch",
            "run some tests of one file, again at each change",
          )
          .epilogue("Exits with 1 when a test fails."),
      ({ paths, ...flags }) => run(import("./test.ts").then(({ testCommand }) => testCommand(paths, flags))),
    )
    .command(
      "replay <capture>",
      "run recorded traffic through the routes",
      (y) =>
        y
          .usage(
            "Usage: $0 replay <capture> [options]\n\nRuns what start --record recorded through the routes in virtual " +
              "time, and prints what each sink would have received, and when. Sinks and io() send nothing.",
          )
          .positional("capture", {
            type: "string",
            describe: "the directory of --record",
            demandOption: true,
          })
          .options(FLAGS.replay)
          .example("$0 replay traffic --route-dir new", "print what the routes in new would have done")
          .example("$0 replay traffic --compare /etc/fast-ts --route-dir new", "print only what would change")
          .epilogue("Also reads a capture that is still being written."),
      ({ capture, compare, sink, format, ...flags }) => {
        const { routeDir, defaultTtl, maxAhead, timeUnits } = resolveOptions(readFlags(flags), process.env);
        const asked = { routeDir, defaultTtl, maxAhead, timeUnits, compare, sink, format };
        return run(import("./replay.ts").then(({ replayCommand }) => replayCommand(String(capture), asked)));
      },
    )
    .command(
      "sink-test [dir]",
      "send a sample event to the target of a sink",
      (y) =>
        y
          .usage(
            "Usage: $0 sink-test [dir] --sink NAME\n\nSends one sample event, of state ok, to each real target of the sinks " +
              "of that name, once, and prints the answer.",
          )
          .positional("dir", { type: "string", describe: ROUTE_DIR, default: routeDir() })
          .options(FLAGS["sink-test"])
          .example("$0 sink-test --sink slack", "post a message to the channel of each slack() in routes/")
          .epilogue("Exits with 1 when a target does not have the event."),
      ({ dir, sink, timeout }) =>
        run(import("./sink-test.ts").then(({ sinkTestCommand }) => sinkTestCommand(dir, sink, timeout))),
    )
    .command(
      "send [server]",
      "send events to a Riemann server",
      (y) =>
        y
          .usage("Usage: $0 send [HOST:PORT] [options]\n\nSends one event and waits for the answer.")
          .positional("server", SERVER)
          .options(FLAGS.send)
          .example("$0 send --service web --metric 5", "send to 127.0.0.1:5555")
          .example("$0 send db1:5555 --service disk --state critical --tag ops", "")
          .example("$0 send --stdin < events.json", "send what stdout() printed again")
          .epilogue(
            "Prints nothing when the server has acknowledged everything; otherwise how much, and exits with 1.",
          ),
      ({ server, port, ...flags }) => {
        const address = serverAddress("send", server, port);
        return run(import("./send.ts").then(({ sendCommand }) => sendCommand(address, flags)));
      },
    )
    .command(
      "query <query> [server]",
      "ask the index of a Riemann server",
      (y) =>
        y
          .usage("Usage: $0 query QUERY [HOST:PORT]\n\nPrints the matching events, one line of JSON each.")
          .positional("query", {
            type: "string",
            describe: "query in Riemann's language, see docs/queries.md",
            demandOption: true,
          })
          .positional("server", SERVER)
          .options(FLAGS.query)
          .example(`$0 query 'state = "critical"'`, "ask 127.0.0.1:5555")
          .example(`$0 query 'host = "db1" and metric > 0.9' db1:5555`, "")
          .epilogue("Exits with 1 when the query is refused or the server does not answer."),
      ({ query, server, port }) => {
        const address = serverAddress("query", server, port);
        return run(import("./query.ts").then(({ queryCommand }) => queryCommand(String(query), address)));
      },
    )
    .command(
      "silence <what> [id]",
      "silence alerts for a while",
      (y) =>
        y
          .usage(
            "Usage: $0 silence QUERY --for SPAN --why TEXT\n       $0 silence list\n       $0 silence end ID\n\n" +
              "Edits the file of silences; a daemon that was started with it knows within a second.",
          )
          .positional("what", {
            type: "string",
            describe: "query in Riemann's language, see docs/queries.md; or list, or end",
            demandOption: true,
          })
          .positional("id", { type: "string", describe: "the silence to end" })
          .options(FLAGS.silence)
          .example(`$0 silence 'host = "db1"' --for 2h --why "new disks"`, "print the id of the silence")
          .example("$0 silence end 3f2a91bc", "")
          .epilogue("Alerts that fire when a silence ends are told of then."),
      ({ what, id, for: span, from, why, who, ...flags }) => {
        const { silences } = resolveOptions(readFlags(flags), process.env);
        const given = { silences, for: span, from, why, who };
        return run(import("./silence.ts").then(({ silenceCommand }) => silenceCommand(String(what), id, given)));
      },
    )
    .command(
      "spill <dir> <what> [target]",
      "look at what sinks keep on disk",
      (y) =>
        y
          .usage(
            "Usage: $0 spill DIR list\n       $0 spill DIR show [TARGET]\n       $0 spill DIR resend TARGET --to HOST:PORT\n" +
              "       $0 spill DIR drop TARGET\n\nShows what waits for targets in the directory of --data, or of spill: " +
              "{ dir }; sends it to a Riemann server instead, or throws it away.",
          )
          .positional("dir", { type: "string", describe: "the directory", demandOption: true })
          .positional("what", { choices: SPILL_WORDS, demandOption: true })
          .positional("target", { type: "string", describe: "a target's directory, as list prints it" })
          .options(FLAGS.spill)
          .example("$0 spill /var/lib/fast-ts list", "print what waits for each target")
          .example("$0 spill /var/lib/fast-ts resend graphite-old-2003-3f2a91bc55d0 --to 127.0.0.1:5555", "")
          .epilogue("list and show work beside a running daemon; resend and drop leave alone what it uses."),
      ({ dir, what, target, to }) =>
        run(import("./spill.ts").then(({ spillCommand }) => spillCommand(String(dir), String(what), target, to))),
    )
    .command(
      "init <dir>",
      "prepare a directory for route files",
      (y) =>
        y
          .usage(
            "Usage: $0 init <dir>\n\nWrites a tsconfig.json, an example with its test, and the types that an editor needs.",
          )
          .positional("dir", { type: "string", describe: "the directory, created when missing", demandOption: true })
          .epilogue("Existing files stay as they are."),
      ({ dir }) => run(import("./init.ts").then(({ initCommand }) => initCommand(dir))),
    )
    .command("version", "print the version", {}, () => console.log(version()))
    .demandCommand(1, `which command? ${COMMANDS.slice(0, -1).join(", ")} or ${COMMANDS.at(-1)}`)
    .check(checkValues, true)
    .strict()
    .strictCommands()
    .locale("en")
    .version(version())
    .help()
    .wrap(Math.min(120, yargs().terminalWidth()))
    .exitProcess(false)
    .fail((message, error) => {
      const isOurs = error !== undefined && error !== null && error.name !== "YError";
      throw isOurs ? error : new FastTsError("FTS_OPTION", inOurWords(message, words, flagsOf(words)));
    });
}

const SERVER = { type: "string", describe: "HOST or HOST:PORT, [::1]:5555 for IPv6", default: "127.0.0.1" } as const;

const ROUTE_DIR = "route directory [env: FTS_ROUTE_DIR]";

function flagsOf([command = ""]: readonly string[]): readonly string[] {
  return Object.entries(FLAGS).flatMap(([name, flags]) => (name === command ? Object.keys(flags) : []));
}

function routeDir(): string {
  return process.env.FTS_ROUTE_DIR || OPTIONS.routeDir.fallback;
}
