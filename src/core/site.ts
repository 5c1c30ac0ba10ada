/** A place in the code: the stack of who came there, written out when it is asked for. */
export interface Site {
  readonly stack?: string;
}

let placeOf: (error: Error) => string | null = () => null;

/** Has `placeOfThrow` find places with `find`: who loads route files knows them. */
export function findThrowsWith(find: (error: Error) => string | null): void {
  placeOf = find;
}

/** Where in a route file an error was thrown, as `file:line:column`; null when that is not known. */
export function placeOfThrow(error: Error): string | null {
  return placeOf(error);
}

/** Deep enough to reach from a factory's helper to who called the factory. */
const SITE_FRAMES = 12;

/** Where the caller of `callee` was called. */
export function siteOfCaller(callee: (...args: never[]) => unknown): Site {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES;
  const site: Site = {};
  Error.captureStackTrace(site, callee);
  Error.stackTraceLimit = limit;
  return site;
}
