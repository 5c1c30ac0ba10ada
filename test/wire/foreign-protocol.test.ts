import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignProtocol } from "../../src/wire/foreign-protocol.ts";
import { frameLength } from "../../src/wire/frames.ts";

const lengthOf = (text: string): number => frameLength(Buffer.from(text, "latin1"), 0);

test("HTTP and TLS are told from what is only long", () => {
  for (const request of ["GET / HTTP/1.1", "POST /events", "PUT /x", "HEAD /", "OPTIONS *", "PRI * HTTP/2.0"])
    assert.match(foreignProtocol(lengthOf(request)) ?? "", /^HTTP.*--http-port/, request);
  for (const hello of ["\x16\x03\x01\x02", "\x16\x03\x03\x00"])
    assert.match(foreignProtocol(lengthOf(hello)) ?? "", /^TLS.*--tls-port/);
  for (const other of ["\x01\x00\x00\x00", "\xff\xff\xff\xff", "GETX", "\x16\x02\x00\x00"])
    assert.equal(foreignProtocol(lengthOf(other)), null);
});
