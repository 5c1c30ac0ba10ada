import type { Clock } from "../core/clock.ts";
import type { ReaderBudget } from "../ingest/reader-budget.ts";
import type { Answer } from "../runtime/report.ts";
import type { Endpoint } from "./endpoint.ts";
import { METRICS_TYPE, type Metrics } from "./metrics.ts";
import { json, type Page, plain, send } from "./page.ts";
import type { PageWriter } from "./page-writer.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Searches } from "./searches.ts";
import { SharedPage } from "./shared-page.ts";
import { refuseTap, streamTap } from "./tap-stream.ts";
import type { Unread } from "./unread.ts";
import type { DaemonView } from "./view.ts";

/** What the pages are made of. */
export interface PageSources {
  readonly view: DaemonView;
  readonly metrics: Metrics;
  readonly searches: Searches;
  readonly unread: Unread;
  readonly budget: ReaderBudget;
  readonly clock: Clock;
}

/** Maximum readers of taps that an address may open each second. */
const MAX_NEW_READERS = 50;

/** Every page of the daemon. */
export function endpointsOf({ view, metrics, searches, unread, budget, clock }: PageSources): readonly Endpoint[] {
  const shared = (type: string, render: (page: PageWriter) => Promise<void>): Endpoint["answer"] => {
    const page = new SharedPage(render, clock);
    return async ({ response, isNew }) => {
      await page.get((body) => send(response, unread.page(type, body, response)), isNew);
      return null;
    };
  };
  const newReaders = new RateLimit(MAX_NEW_READERS, clock);
  const get = { method: "GET", maxBodyBytes: 0 } as const;
  return [
    { ...get, path: "/healthz", guard: "none", answer: () => plain(200, "ok") },
    { ...get, path: "/readyz", guard: "none", answer: () => readiness(view) },
    {
      ...get,
      path: "/metrics",
      guard: "network",
      answer: shared(METRICS_TYPE, (page) => metrics.write(page)),
    },
    {
      ...get,
      path: "/metrics/events",
      guard: "token",
      answer: shared(METRICS_TYPE, async (page) => {
        for (const piece of view.eventSeries()) await page.write(piece);
      }),
    },
    {
      ...get,
      path: "/api/pipelines",
      guard: "token",
      answer: shared("application/json", (page) => writeTree(view, page)),
    },
    {
      ...get,
      path: "/api/index",
      guard: "token",
      answer: async ({ parameters, response }) => {
        const unknown = [...parameters.keys()].find((name) => name !== "query");
        // A typing error in the name would return the whole index.
        if (unknown !== undefined)
          return plain(400, `there is no parameter ${JSON.stringify(unknown)}; it takes query`);
        const [query = "true", ...more] = parameters.getAll("query");
        if (more.length > 0) return plain(400, `query may be given once, is given ${more.length + 1} times`);
        return found(await searches.answer(query, response));
      },
    },
    { ...get, path: "/api/targets", guard: "token", answer: () => json(200, { targets: view.targets() }) },
    { ...get, path: "/api/taps", guard: "token", answer: () => json(200, { taps: view.taps() }) },
    {
      ...get,
      path: "/api/taps/NAME",
      guard: "token",
      isEndless: true,
      answer: ({ name, response }) => {
        const shown = JSON.stringify(name);
        if (!view.taps().some((tap) => tap.name === name))
          return plain(404, `there is no tap ${shown}; /api/taps has all`);
        if (!newReaders.take(response.req.socket.remoteAddress ?? "")) return refuseTap(response, clock);
        streamTap(response, budget, (listener) => view.listen(name, listener));
        return null;
      },
    },
  ];
}

function readiness(view: DaemonView): Page {
  const answer = view.readiness();
  return json(answer.ready ? 200 : 503, { ...answer, pipelines: view.states(), reloads: view.reloads() });
}

/** As `json` would write all of it at once. */
async function writeTree(view: DaemonView, page: PageWriter): Promise<void> {
  const head = JSON.stringify({ workers: view.workers(), reloads: view.reloads() }, null, 2).slice(0, -"\n}".length);
  await page.write(`${head},\n  "pipelines": [`);
  let between = "";
  for (const report of view.reports()) {
    await page.write(`${between}\n    ${JSON.stringify(report, null, 2).replaceAll("\n", "\n    ")}`);
    between = ",";
  }
  await page.write(`${between === "" ? "" : "\n  "}]\n}\n`);
}

function found(answer: Answer): Page {
  if (answer.kind === "found") return { status: 200, type: "application/x-ndjson", body: answer.bytes };
  const { kind, error } = answer;
  if (kind === "none") return plain(404, "no route has an index()");
  return plain(kind === "wrong" ? 400 : 503, error);
}
