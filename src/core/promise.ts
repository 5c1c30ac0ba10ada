/** Whether something is to be waited for: a promise, or what behaves like one. */
export function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === "object" && result !== null && "then" in result && typeof result.then === "function";
}
