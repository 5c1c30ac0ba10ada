import { addressOf } from "../listening.ts";

/** The other end of a connection, or the sender of a datagram. */
export class Peer {
  readonly address: string;
  readonly #port: number;

  /** @param address - As the socket names it; an IPv4 address may stand in IPv6's form. */
  constructor(address = "unknown", port = 0) {
    this.address = address.startsWith("::ffff:") ? address.replace(/^::ffff:(?=\d+\.)/, "") : address;
    this.#port = port;
  }

  /** As people write it, with its port. */
  get text(): string {
    return addressOf(this.address, this.#port);
  }
}
