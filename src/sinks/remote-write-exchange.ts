import type { TargetScope } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { type HttpAnswer, headerOf } from "../delivery/http-client.ts";
import { snappy } from "../wire/snappy.ts";
import type { HttpExchange, HttpSend } from "./http-sink.ts";
import { writeRequest1, writeRequest2 } from "./remote-write-body.ts";
import { arrange, halves } from "./sample-order.ts";
import { type Samples, SeriesTable } from "./series-table.ts";

/** What names the version, https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/ */
const HEADERS = {
  1: { "content-type": "application/x-protobuf", "x-prometheus-remote-write-version": "0.1.0" },
  2: {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  },
};
const WRITTEN = "x-prometheus-remote-write-samples-written";

/** Writes samples by the version that is wanted, or by version 1 once the target turns out not to know version 2. */
export function remoteWriteExchange(
  url: URL,
  wanted: 1 | 2,
  more: Readonly<Record<string, string>>,
  { log }: TargetScope,
): HttpExchange {
  const table = new SeriesTable();
  let version = wanted;

  const write = async (all: readonly Samples[], send: HttpSend): Promise<DeliveryFailure | null> => {
    const body = snappy(version === 1 ? writeRequest1(all) : writeRequest2(all));
    const headers = { ...HEADERS[version], "content-encoding": "snappy", ...more };
    const { answer, failure } = await send(url, { method: "POST", headers, body });
    if (version === 1) return failure;
    const written = writtenOf(answer);
    if (answer.status === 415 || (failure === null && written === null)) {
      version = 1;
      log.warn("the target does not know remote write 2: it is sent version 1", { target: url.host });
      return write(all, send);
    }
    return judgeWritten(all, written ?? 0, failure, answer.text, url.host);
  };

  return async (events, send, signal) => {
    const { all, late } = arrange(events, table);
    const rejected = [...late];
    const waiting: (readonly Samples[])[] = all.length === 0 ? [] : [all];
    let failure: DeliveryFailure | null = late.length === 0 ? null : lateFailure(url, late.length);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const failed = await write(next, send).catch(asFailure);
      if (signal.aborted) throw failed ?? new DeliveryFailure("retry", `${url.host}: the request took too long`);
      rejected.push(...(failed?.rejected ?? []));
      if (failed === null || failed.isPartial) markSent(next, new Set(rejected));
      if (failed === null) continue;
      failure = failed;
      if (failed.isPartial) continue;
      if (failed.verdict !== "refused") return unfinished(failed, rejected, [next, ...waiting].flat());
      const parts = halves(next);
      if (parts.length === 0) rejected.push(...eventsOf(next));
      waiting.unshift(...parts);
    }
    if (rejected.length === 0) return null;
    return new DeliveryFailure("refused", failure?.message ?? "", { rejected, answer: failure?.answer ?? "" });
  };
}

/** Notes how far each series was sent; `rejected` samples were not. */
function markSent(all: readonly Samples[], rejected: ReadonlySet<number>): void {
  for (const { series, times, events } of all) {
    const at = events.findLastIndex((event) => !rejected.has(event));
    series.sent = times[at] ?? series.sent;
  }
}

/**
 * What a target of version 2 made of a request, by the number of samples that it wrote. It has written the others already,
 * so that the request cannot be sent again: samples before the last one of a series would be out of order.
 */
function judgeWritten(
  all: readonly Samples[],
  written: number,
  failure: DeliveryFailure | null,
  answer: string,
  host: string,
): DeliveryFailure | null {
  const samples = all.reduce((sum, { times }) => sum + times.length, 0);
  if (written >= samples) return null;
  if (written === 0 && failure !== null) return failure;
  const rejected = unwanted(all, samples - written, answer);
  return new DeliveryFailure("refused", `${host} wrote ${written} of ${samples} samples`, { rejected, answer });
}

/** The events whose samples were most likely not written: of series that the answer names, then the oldest. */
function unwanted(all: readonly Samples[], count: number, answer: string): number[] {
  const isNamed = ({ series: { labels } }: Samples): boolean => {
    const pairs = labels.flatMap((name, at) => (at % 2 === 0 ? [`${name}=${JSON.stringify(labels[at + 1])}`] : []));
    return answer.includes(`{${pairs.join(", ")}}`);
  };
  const candidates = all.flatMap((samples) => {
    const named = isNamed(samples);
    return samples.events.map((event, at) => ({ event, named, time: samples.times[at] ?? 0 }));
  });
  candidates.sort((a, b) => Number(b.named) - Number(a.named) || a.time - b.time);
  return candidates.slice(0, count).map(({ event }) => event);
}

/** What is left of a request that was being divided, when the target fails or refuses the credential. */
function unfinished(failure: DeliveryFailure, rejected: number[], rest: readonly Samples[]): DeliveryFailure {
  const { verdict, message, answer, retryAfter } = failure;
  if (verdict !== "retry") return new DeliveryFailure(verdict, message, { answer });
  return new DeliveryFailure(verdict, message, { answer, retryAfter, rejected, again: eventsOf(rest) });
}

function lateFailure({ host }: URL, count: number): DeliveryFailure {
  const message = `${host}: ${count} samples are not younger than what was sent of their series`;
  return new DeliveryFailure("refused", message);
}

function eventsOf(all: readonly Samples[]): number[] {
  return all.flatMap(({ events }) => events);
}

function asFailure(thrown: unknown): DeliveryFailure {
  if (thrown instanceof DeliveryFailure) return thrown;
  throw thrown;
}

function writtenOf(answer: HttpAnswer): number | null {
  const text = headerOf(answer, WRITTEN);
  return /^\d+$/.test(text) ? Number(text) : null;
}
