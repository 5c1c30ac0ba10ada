import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Event } from "../core/event.ts";
import { eventsOf } from "../core/event-list.ts";
import { Letter } from "../delivery/rendered.ts";
import { emptyLog, listSpill, type SpillReport, spilledParts } from "../delivery/spill-inventory.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import { formatJson } from "../text/format-json.ts";
import { printable } from "../text/printable.ts";
import { toWire } from "../wire/codec.ts";
import { Client } from "./client.ts";
import { serverAddress } from "./server-address.ts";

/**
 * `fast-ts spill DIR list`, `show [TARGET]`, `resend TARGET --to HOST:PORT`, `drop TARGET`.
 *
 * @throws FastTsError `FTS_OPTION` when the target is not named or not there, `FTS_SPILL` when it cannot be sent, or
 * there is no such directory.
 */
export async function spillCommand(
  dir: string,
  what: string,
  name: string | undefined,
  to: string | undefined,
): Promise<number> {
  if (!(await stat(dir).catch(() => null))?.isDirectory())
    throw new FastTsError(
      "FTS_SPILL",
      `spill: there is no directory ${dir}: name that of --data, or one of spill: { dir }`,
    );
  if (what === "list" && name !== undefined)
    throw new FastTsError("FTS_OPTION", `spill: list takes no target, it shows all: got ${name}`);
  if (to !== undefined && what !== "resend")
    throw new FastTsError("FTS_OPTION", `spill: ${what} takes no --to: resend sends what waits, got --to ${to}`);
  const reports = await listSpill(NODE_FILES, dir);
  if (what === "list") return list(reports, dir);
  if (name === undefined && what !== "show")
    throw new FastTsError(
      "FTS_OPTION",
      `spill: ${what} needs a target: its directory, as fast-ts spill ${dir} list prints it`,
    );
  const chosen = reports.filter((report) => name === undefined || basename(report.dir) === name);
  if (chosen.length === 0 && name !== undefined)
    throw new FastTsError("FTS_OPTION", `spill: ${dir} has nothing for ${name}; see fast-ts spill ${dir} list`);
  if (what === "show") return show(chosen);
  if (what === "drop") return empty(chosen, "dropped", async () => {});
  if (to === undefined)
    throw new FastTsError("FTS_OPTION", "spill: resend needs --to HOST:PORT, the Riemann server that gets the events");
  const { host, port } = serverAddress("spill", to, undefined);
  const client = await Client.open(host, port);
  const send = async (items: readonly unknown[], unsure: (items: number) => void): Promise<void> => {
    const msg = { events: items.flatMap(eventsIn).map(toWire) };
    unsure(items.length);
    const answer = await client.exchange(msg);
    unsure(0);
    client.accepted(answer);
    unsure(items.length); // until it is on disk that they are sent
  };
  return empty(chosen, "sent", send).finally(() => client.close());
}

function list(reports: readonly SpillReport[], where: string): number {
  const used = reports.filter(({ logs }) => logs.some(({ items, holder }) => items > 0 || holder !== null));
  for (const { target, dir, logs } of used) {
    const items = logs.reduce((sum, log) => sum + log.items, 0);
    const bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
    const holder = logs.find((log) => log.holder !== null)?.holder;
    const use = holder === undefined ? "not in use" : `in use by ${holder}`;
    console.log(`${printable(basename(dir))}  ${printable(target)}: ${items} items, ${sizeOf(bytes)}, ${use}`);
  }
  if (used.length === 0) console.log(`no spill in ${where}`);
  return 0;
}

/** `3.4 KiB`, `9.3 MiB`. */
function sizeOf(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

async function show(reports: readonly SpillReport[]): Promise<number> {
  for (const { logs } of reports)
    for (const { dir } of logs)
      for await (const { items } of spilledParts(NODE_FILES, dir)) for (const item of items) console.log(lineOf(item));
  return 0;
}

/** @param take - Tells of how many items nobody knows whether they came, for as long as that is so. */
async function empty(
  reports: readonly SpillReport[],
  done: string,
  take: (items: readonly unknown[], unsure: (items: number) => void) => Promise<void>,
): Promise<number> {
  let [count, inUse, unsure] = [0, 0, 0];
  const holders = new Set<string>();
  const isDone = (items: number): void => {
    [count, unsure] = [count + items, 0];
  };
  const given = (items: readonly unknown[]): Promise<void> =>
    take(items, (some) => {
      unsure = some;
    });
  try {
    for (const { logs } of reports)
      for (const { dir, items, holder } of logs) {
        if (await emptyLog(NODE_FILES, dir, given, isDone)) continue;
        inUse += items;
        holders.add(holder ?? "a running fast-ts");
      }
  } catch (thrown) {
    console.log(`${count} items ${done}`);
    const left = reports.flatMap(({ logs }) => logs).reduce((sum, { items }) => sum + items, 0) - count;
    const twice = unsure > 0 ? `, ${unsure} of which may have come, and then come twice` : "";
    const words = `spill: ${coerceError(thrown).message}; ${left} items are left: the same command goes on with them${twice}`;
    throw new FastTsError("FTS_SPILL", words, { cause: thrown });
  }
  console.log(`${count} items ${done}`);
  if (holders.size === 0) return 0;
  console.error(`fast-ts: ${[...holders].join(", ")} has the other ${inUse}: stop it first`);
  return 1;
}

/** Events as `stdout()` prints them; what was rendered as it would be sent. */
function lineOf(item: unknown): string {
  const rendered = item instanceof Letter ? item.rendered : item;
  if (rendered instanceof Event || isList(rendered)) return formatJson(rendered);
  if (rendered instanceof Uint8Array) return Buffer.from(rendered).toString();
  return typeof rendered === "string" ? rendered : JSON.stringify(rendered);
}

function eventsIn(item: unknown): readonly Event[] {
  const value = item instanceof Letter ? item.original : item;
  if (value instanceof Event || isList(value)) return eventsOf(value);
  const why = "it is kept as it would be sent, not as events: name its target in a route again, or drop it";
  throw new FastTsError("FTS_SPILL", `an item cannot be sent to a Riemann server, ${why}`);
}

function isList(item: unknown): item is readonly Event[] {
  return Array.isArray(item) && item.every((one) => one instanceof Event);
}
