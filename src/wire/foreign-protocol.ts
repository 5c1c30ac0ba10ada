/** What HTTP requests begin with, as far as it fits into the length of a frame. */
const HTTP = /^(GET |POST|PUT |HEAD|OPTI|DELE|PATC|CONN|TRAC|PRI )$/;

/**
 * Which other protocol a frame's length is the beginning of, and where it would be right; null when it is none that is
 * known.
 */
export function foreignProtocol(length: number): string | null {
  const begin = Buffer.alloc(4);
  begin.writeUInt32BE(length);
  if (HTTP.test(begin.toString("latin1"))) return "HTTP, which has a port of its own: --http-port";
  if (begin[0] === 0x16 && begin[1] === 3) return "TLS, which has a port of its own: --tls-port";
  return null;
}
