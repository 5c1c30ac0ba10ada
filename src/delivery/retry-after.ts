/**
 * Seconds to wait, from the value of a `Retry-After` header: a number of seconds (fractions are accepted, as Discord
 * sends them) or an HTTP date (RFC 9110, 10.2.3). 0 when there is none, when it lies in the past or cannot be read.
 *
 * @param now - Unix seconds.
 */
export function retryAfter(header: string | null | undefined, now: number): number {
  const text = header?.trim() ?? "";
  if (text === "") return 0;
  const seconds = Number(text);
  const wait = Number.isNaN(seconds) ? Date.parse(text) / 1000 - now : seconds;
  return wait > 0 ? wait : 0;
}
