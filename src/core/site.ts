/** A place in the code: the stack of who came there, written out when it is asked for. */
export interface Site {
  readonly stack?: string;
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
