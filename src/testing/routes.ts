import { dirname } from "node:path";
import { usersFrame } from "./frames.ts";
import { Hosted } from "./hosted.ts";
import { loadRoutes } from "./load-routes.ts";
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
 */
export function routes(path: string | URL | readonly (string | URL)[], options: RoutesOptions = {}): RoutesUnderTest {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, routes);
  const caller = usersFrame(site.stack ?? "")?.file;
  const from = caller === undefined ? process.cwd() : dirname(caller);
  return new Hosted(loadRoutes(typeof path === "string" || path instanceof URL ? [path] : path, from), options);
}
