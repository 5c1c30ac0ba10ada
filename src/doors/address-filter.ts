import { BlockList, isIP } from "node:net";

export const ALL_NETWORKS: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Tells whether an address is in one of some networks. */
export class AddressFilter {
  readonly #networks = new BlockList();
  #isOpen = false;

  /** @param networks - Addresses and networks: `10.0.0.0/8`, `::1`. */
  constructor(networks: readonly string[]) {
    const all = networks.filter((network) => /\/0+$/.test(network)).map((network) => isIP(network.split("/")[0] ?? ""));
    this.#isOpen = all.includes(4) && all.includes(6);
    for (const network of networks) {
      const [address = "", prefix] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (prefix === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(prefix), family);
    }
  }

  allows(address: string): boolean {
    if (this.#isOpen) return true;
    const [plain = ""] = address.split("%", 1); // without a zone
    const version = isIP(plain);
    return version !== 0 && this.#networks.check(plain, version === 6 ? "ipv6" : "ipv4");
  }
}
