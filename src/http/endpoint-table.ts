import type { Answer } from "../runtime/report.ts";
import type { Endpoint } from "./endpoint.ts";
import { METRICS_TYPE, type Metrics } from "./metrics.ts";
import { json, type Page, plain } from "./page.ts";
import type { Searches } from "./searches.ts";
import { streamTap } from "./tap-stream.ts";
import type { DaemonView } from "./view.ts";

/** Every page of the daemon. */
export function endpointsOf(view: DaemonView, metrics: Metrics, searches: Searches): readonly Endpoint[] {
  const get = { method: "GET", maxBodyBytes: 0 } as const;
  return [
    { ...get, path: "/healthz", guard: "none", answer: () => plain(200, "ok") },
    { ...get, path: "/readyz", guard: "none", answer: () => readiness(view) },
    {
      ...get,
      path: "/metrics",
      guard: "network",
      answer: async () => ({ status: 200, type: METRICS_TYPE, body: await metrics.exposition() }),
    },
    {
      ...get,
      path: "/api/pipelines",
      guard: "token",
      answer: () => json(200, { workers: view.workers(), reloads: view.reloads(), pipelines: view.pipelines() }),
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
        return found(await searches.answer(parameters.get("query") ?? "true", response));
      },
    },
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
        streamTap(response, (listener) => view.listen(name, listener));
        return null;
      },
    },
  ];
}

function readiness(view: DaemonView): Page {
  const answer = view.readiness();
  const pipelines = view.pipelines().map(({ name, state }) => ({ name, state }));
  return json(answer.ready ? 200 : 503, { ...answer, pipelines, reloads: view.reloads() });
}

function found(answer: Answer): Page {
  if (answer.kind === "found") return { status: 200, type: "application/x-ndjson", body: answer.bytes };
  const { kind, error } = answer;
  if (kind === "none") return plain(404, "no route has an index()");
  return plain(kind === "wrong" ? 400 : 503, error);
}
