// Stages and sinks are made by plain calls in route files: what one of them has to know of the file is noted here while
// it is run.
let current: string | null = null;

/** The route file that is being run in this thread, absolute; null when there is none, as in tests of single stages. */
export function routeFile(): string | null {
  return current;
}

/** Runs a route file's code. */
export function asRouteFile<T>(file: string, run: () => T): T {
  const before = current;
  current = file;
  try {
    return run();
  } finally {
    current = before;
  }
}
