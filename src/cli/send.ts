import { FastTsError } from "../errors.ts";
import { readNumber } from "../option-kinds.ts";
import type { WireEvent } from "../wire/codec.ts";
import { Client } from "./client.ts";
import { eventFromJson, metricField, timeFields } from "./event-json.ts";
import type { ServerAddress } from "./server-address.ts";

/** The flags of `fast-ts send` for the event; `undefined` when not given. */
export interface SendFlags {
  readonly host?: string | undefined;
  readonly service?: string | undefined;
  readonly state?: string | undefined;
  readonly description?: string | undefined;
  readonly metric?: string | undefined;
  readonly time?: string | undefined;
  readonly ttl?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly attribute?: readonly string[] | undefined;
  /** The events are lines of the standard input. */
  readonly stdin: boolean;
}

/**
 * `fast-ts send [HOST:PORT]`: the event of the flags, or those of the standard input, each message acknowledged.
 *
 * @throws FastTsError `FTS_OPTION` when the event is written wrongly, `FTS_CLIENT` when it is not acknowledged.
 */
export async function sendCommand({ host, port }: ServerAddress, flags: SendFlags): Promise<number> {
  const event = eventFromFlags(flags);
  const hasFields = Object.keys(event).length > 0;
  if (flags.stdin === hasFields) {
    const ways = "with --service, --metric and the like or with --stdin";
    throw new FastTsError("FTS_OPTION", `send: say what to send, ${ways}${hasFields ? ", not both" : ""}`);
  }
  const client = await Client.open(host, port);
  try {
    if (flags.stdin) await sendAll(client, batches(process.stdin));
    else await client.send({ events: [event] });
  } finally {
    client.close();
  }
  return 0;
}

/** Sends one batch after the other; what ends this early says how far it came, so that the rest can be sent. */
async function sendAll(client: Client, batches: AsyncIterable<readonly WireEvent[]>): Promise<void> {
  let acknowledged = 0;
  let unsure = 0;
  try {
    for await (const events of batches) {
      unsure = events.length;
      await client.send({ events });
      acknowledged += unsure;
      unsure = 0;
    }
  } catch (thrown) {
    if (!(thrown instanceof FastTsError)) throw thrown;
    const rest = unsure > 0 ? `; the next ${unsure} were sent and not acknowledged` : "";
    const first =
      acknowledged === 0
        ? "no event was acknowledged"
        : `the first ${acknowledged === 1 ? "event was" : `${acknowledged} events were`} acknowledged`;
    const far = `${first}${rest}`;
    throw new FastTsError(thrown.code, `${thrown.message}; ${far}`, { cause: thrown });
  }
}

function eventFromFlags(flags: SendFlags): WireEvent {
  const { host, service, state, description, metric, time, ttl, tag = [], attribute = [] } = flags;
  return {
    ...(host !== undefined && { host }),
    ...(service !== undefined && { service }),
    ...(state !== undefined && { state }),
    ...(description !== undefined && { description }),
    ...(metric !== undefined && metricField(metric, "--metric")),
    ...(time !== undefined && timeFields(numberOf(time, "--time"))),
    ...(ttl !== undefined && { ttl: numberOf(ttl, "--ttl") }),
    ...(tag.length > 0 && { tags: tag }),
    ...(attribute.length > 0 && { attributes: attribute.map(attributeOf) }),
  };
}

function attributeOf(text: string): { key: string; value: string } {
  const at = text.indexOf("=");
  if (at < 1) throw new FastTsError("FTS_OPTION", `--attribute: must be NAME=VALUE, got ${JSON.stringify(text)}`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

function numberOf(text: string, where: string): number {
  const seconds = readNumber(text);
  if (typeof seconds === "number" && Number.isFinite(seconds)) return seconds;
  throw new FastTsError("FTS_OPTION", `${where}: must be a number of seconds, got ${JSON.stringify(text)}`);
}

/**
 * The events of the lines that have come, so that a line typed or tailed is not kept waiting for others.
 *
 * @throws FastTsError `FTS_OPTION` at the first line that is wrong, after the events of those before it.
 */
async function* batches(input: NodeJS.ReadableStream): AsyncGenerator<WireEvent[]> {
  let at = 0;
  for await (const lines of linesOf(input)) {
    const batch: WireEvent[] = [];
    try {
      for (const line of lines) {
        at++;
        if (line.trim() !== "") batch.push(eventFromJson(line, `stdin, line ${at}`));
      }
    } catch (thrown) {
      if (batch.length > 0) yield batch;
      throw thrown;
    }
    if (batch.length > 0) yield batch;
  }
}

/** Lines that have come together, without the mark of byte order that files of Windows begin with. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string[]> {
  let [rest, isFirst] = ["", true];
  input.setEncoding("utf8");
  for await (const text of input) {
    const lines = `${rest}${isFirst ? String(text).replace(/^\uFEFF/, "") : text}`.split("\n");
    isFirst = false;
    rest = lines.pop() ?? "";
    yield lines;
  }
  yield [rest];
}
