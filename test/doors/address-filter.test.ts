import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressFilter, ALL_NETWORKS } from "../../src/doors/address-filter.ts";
import { Peer } from "../../src/doors/peer.ts";

test("addresses and networks of both kinds", () => {
  const filter = new AddressFilter(["10.1.0.0/16", "192.168.1.7", "fd00::/8", "::1"]);
  const allowed = ["10.1.0.0", "10.1.255.255", "192.168.1.7", "fd12:3::4", "::1", "fd00::1%eth0"];
  const refused = ["10.2.0.0", "192.168.1.8", "fe80::1", "::2", "127.0.0.1", "unknown", ""];
  assert.deepEqual(
    allowed.filter((address) => !filter.allows(address)),
    [],
  );
  assert.deepEqual(
    refused.filter((address) => filter.allows(address)),
    [],
  );
});

test("all, none, and all of one kind", () => {
  assert.equal(new AddressFilter(ALL_NETWORKS).allows("unknown"), true);
  assert.equal(new AddressFilter([]).allows("127.0.0.1"), false);
  const four = new AddressFilter(["0.0.0.0/0"]);
  assert.deepEqual([four.allows("8.8.8.8"), four.allows("::1")], [true, false]);
});

test("an IPv4 sender at an IPv6 socket is known by its IPv4 address", () => {
  const seen = [new Peer("::ffff:10.0.0.1", 5), new Peer("fd00::1", 5), new Peer()].map(({ address, text }) => [
    address,
    text,
  ]);
  assert.deepEqual(seen, [
    ["10.0.0.1", "10.0.0.1:5"],
    ["fd00::1", "[fd00::1]:5"],
    ["unknown", "unknown:0"],
  ]);
});
