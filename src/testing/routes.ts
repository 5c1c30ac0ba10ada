import { callersDirectory } from "./call-site.ts";
import { loadRoutes } from "./load-routes.ts";
import { RoutesRun } from "./routes-run.ts";
import type { RoutesOptions, RoutesUnderTest } from "./routes-under-test.ts";

/**
 * Loads route files and runs all of their pipelines as the daemon would, but in virtual time, with recorders in place
 * of the sinks and with `io` silent: nothing is sent anywhere.
 *
 * A stage that throws restarts its pipeline, as in the daemon: see `restarts` and `log`.
 *
 * @param path - Route files or directories; a relative one starts from the file that calls, or else from the working
 * directory.
 * @throws FastTsError `FTS_ROUTES` when the routes would not load, with every problem; `FTS_STAGE_THREW` when a stage
 * does not start.
 * @example
 * const t = routes("routes/alerts.ts");
 * t.inject([{ host: "db", service: "disk", state: "critical", time: 1 }, wait(60)]);
 * expectEvents(t.sinks.email, [{ host: "db", state: "critical" }]);
 */
export function routes(path: string | URL | readonly (string | URL)[], options: RoutesOptions = {}): RoutesUnderTest {
  const paths = typeof path === "string" || path instanceof URL ? [path] : path;
  return new RoutesRun(loadRoutes(paths, callersDirectory(routes)), options);
}
