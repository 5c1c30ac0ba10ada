/** Whether a value must be awaited: a promise, or something that behaves like one. */
export function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === "object" && result !== null && "then" in result && typeof result.then === "function";
}
