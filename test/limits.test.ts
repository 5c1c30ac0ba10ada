import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./pages.ts";
import { readSources } from "./sources.ts";

/** What users can run into, by where it is, and words of its row in docs/limits.md. */
const TOLD: Readonly<Record<string, string>> = {
  "capture/recorder.ts MAX_WAITING_BYTES": "recorded bytes",
  "core/pipeline.ts MAX_DEPTH_LEVELS": "stages of a pipeline",
  "core/pipeline.ts MAX_STAGES": "stages of a pipeline",
  "doors/client-answers.ts MAX_CHOKE_SECONDS": "unread answers of a client",
  "doors/client-answers.ts MAX_UNREAD_BYTES": "unread answers of a client",
  "doors/udp.ts MAX_DATAGRAM_BYTES": "a datagram",
  "engine/mailbox.ts MAX_MAILBOX_EVENTS": "lost, `overflow`",
  "host/ring-intake.ts MAX_ASIDE_BYTES": "a worker has not read",
  "host/ring.ts MAX_RUN_BYTES": "a worker has not read",
  "host/worker-limits.ts MAX_MEGABYTES": "a worker's heap",
  "host/worker-limits.ts MIN_MEGABYTES": "a worker's heap",
  "http/endpoint-table.ts MAX_NEW_READERS": "new readers of taps",
  "http/server.ts MAX_CONNECTIONS": "HTTP connections",
  "http/shared-page.ts MAX_AGE_SECONDS": "renderings of",
  "http/tap-stream.ts MAX_UNREAD_BYTES": "events of taps",
  "http/unread.ts MAX_UNREAD_SECONDS": "an unread answer",
  "ingest/admission.ts MAX_HOLD_SECONDS": "messages that wait for pipelines",
  "ingest/admission.ts MIN_BUDGET_BYTES": "still arriving",
  "ingest/partial-frames.ts MAX_IDLE_SECONDS": "without a byte",
  "ingest/partial-frames.ts MIN_PROGRESS_BYTES": "without a byte",
  "ingest/query-limiter.ts MAX_ASK_SECONDS": "the answer to a query",
  "ingest/query-limiter.ts MAX_QUERY_CHARACTERS": "the text of a query",
  "ingest/reader-budget.ts MAX_ASKING_CLIENTS": "clients with queries",
  "ingest/reader-budget.ts MAX_UNREAD_BYTES": "unread answers, pages and taps",
  "routes/time-limit.ts MAX_FILE_SECONDS": "running a route file",
  "runtime/answer-writer.ts MAX_ANSWER_BYTES": "the answer to a query",
  "runtime/reinjector.ts MAX_WAITING_EVENTS": "reinjected",
  "runtime/search.ts MAX_WORK_SECONDS": "the answer to a query",
  "runtime/tap-subscribers.ts MAX_SHOWN_CHARACTERS": "events of taps",
  "text/stdout-queue.ts MAX_WAITING_CHARACTERS": "`stdout()`",
  "wire/limits.ts MAX_EVENT_FIELDS": "tags of an event",
  "wire/limits.ts MAX_MESSAGE_EVENTS": "events in a message",
  "wire/limits.ts MAX_MESSAGE_FIELDS": "tags in a message",
};

/** What users never meet, or meet in what another page says. */
const INNER = new Set([
  "doors/open-doors.ts MAX_TRIES",
  "doors/tcp.ts MAX_READ_BYTES",
  "doors/tls-certificate.ts MIN_VALID_SECONDS",
  "ingest/admission.ts MAX_LONGEST_FRAMES",
  "ingest/spare-memory.ts MAX_SPARE_BYTES",
  "ingest/spare-memory.ts MIN_BYTES",
  "wire/limits.ts MIN_FIELD_BYTES",
  "wire/skip.ts MAX_DEPTH_LEVELS",
  "wire/snappy.ts MAX_COPY_BYTES",
  "wire/snappy.ts MIN_COPY_BYTES",
  "wire/varint.ts MAX_VARINT_BYTES",
]);

/** Where a new limit concerns users, most likely: it has to be told, or said to be an inner one. */
const ROOMS = /^(capture|doors|ingest|wire)\//;
const ROWS = page("docs/limits.md")
  .split("\n")
  .filter((line) => line.startsWith("| "));
const LIMITS = readSources().flatMap(({ path, text }) =>
  [...text.matchAll(/^(?:export )?const ((?:MAX|MIN)_\w+) = ([\d_ .*+]+);/gm)].map(([, name = "", value = ""]) => ({
    name: `${path} ${name}`,
    value: productOf(value),
  })),
);

test("each limit is in docs/limits.md with its value, or said to be an inner one", () => {
  const wrong = LIMITS.filter(({ name, value }) => {
    const words = TOLD[name];
    const told = shownAs(name, value);
    if (words === undefined) return ROOMS.test(name) && !INNER.has(name);
    return !ROWS.some((row) => row.includes(words) && told.some((text) => row.includes(text)));
  });
  assert.deepEqual(
    wrong.map(({ name, value }) => `${name}: ${shownAs(name, value).join(" or ")}`),
    [],
    "add its row to docs/limits.md and its line here",
  );
});

test("no limit of this test has gone", () => {
  const known = new Set(LIMITS.map(({ name }) => name));
  assert.deepEqual(
    [...Object.keys(TOLD), ...INNER].filter((name) => !known.has(name)),
    [],
  );
});

/** `64 * 1024 * 1024`. */
function productOf(product: string): number {
  return product
    .replaceAll("_", "")
    .split("*")
    .reduce((value, factor) => value * Number(factor), 1);
}

/** The ways in which a value may stand in the page. */
function shownAs(name: string, value: number): string[] {
  const whole = value.toLocaleString("en-US");
  if (name.endsWith("_SECONDS")) return [`${whole} s`];
  if (name.endsWith("_MEGABYTES")) return [`${value} MiB`, `${value / 1024} GiB`];
  const unit = name.endsWith("_CHARACTERS") ? " characters" : "B";
  const scaled = [`${value / 1024} Ki${unit}`, `${value / 1024 / 1024} Mi${unit}`];
  return name.endsWith("_BYTES") || name.endsWith("_CHARACTERS") ? [...scaled, whole] : [whole, `${whole} deep`];
}
