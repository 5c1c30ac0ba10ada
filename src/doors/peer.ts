import { addressOf } from "../listening.ts";

/** The other end of a connection, or the sender of a datagram. */
export interface Peer {
  readonly address: string;
  /** With its port, as people write it. */
  readonly text: string;
}

/** @param address - As the socket names it; an IPv4 address may stand in IPv6's form. */
export function peerOf(address = "unknown", port = 0): Peer {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return { address: plain, text: addressOf(plain, port) };
}
