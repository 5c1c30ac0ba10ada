/** Where a Riemann server is, and how it is spoken to. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly isUdp: boolean;
  /** As logs show it. */
  readonly label: string;
}

/** Reads `host`, `host:port`, `tls://host:port` or `udp://host:port`; null when it is none. */
export function readAddress(text: string): Address | null {
  const [, scheme = "", rest = ""] = /^(?:(tcp|tls|udp):\/\/)?([^/]+)$/.exec(text) ?? [];
  const [, bracketed, bare, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const host = bracketed ?? bare ?? "";
  const port = digits === undefined ? (scheme === "tls" ? 5554 : 5555) : Number(digits);
  if (host === "" || port < 1 || port > 65_535) return null;
  return { host, port, isSecure: scheme === "tls", isUdp: scheme === "udp", label: text };
}
