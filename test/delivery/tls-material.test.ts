import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type TlsFiles, TlsMaterial } from "../../src/delivery/tls-material.ts";
import { kafka, webhook } from "../../src/sinks/index.ts";
import { certificate } from "../doors/certificates.ts";

const AUTHORITY = certificate("authority");
const CLIENT = certificate("client", AUTHORITY);
const DER = new X509Certificate(AUTHORITY.cert).raw;
const DER_KEY = createPrivateKey(CLIENT.key).export({ type: "pkcs8", format: "der" });

function files(t: TestContext, contents: Readonly<Record<string, string | Buffer>>): (name: string) => string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-tls-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(dir, name), content);
  return (name) => join(dir, name);
}

const said = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return String(thrown);
  }
  return "";
};

test("files for TLS that are not what they must be are refused where the sink stands, by option and file", (t) => {
  const file = files(t, {
    ...{ "ca.pem": AUTHORITY.cert, "ca.der": DER, empty: "", text: "no certificate", "key.der": DER_KEY },
    ...{ "cert.pem": CLIENT.cert, "key.pem": CLIENT.key, "other.pem": AUTHORITY.key },
    "cut.pem": `${AUTHORITY.cert}${String(CLIENT.cert).slice(0, 200)}`,
  });
  const [pem, key] = [file("cert.pem"), file("key.pem")];
  const wrong: readonly (readonly [given: TlsFiles, words: RegExp])[] = [
    [
      { ca: file("ca.der") },
      /: ca: (\S+) is in DER, and must be in PEM: openssl x509 -inform der -in \1 -out \1\.pem$/,
    ],
    [{ cert: file("ca.der"), key }, /: cert: \S+ is in DER, .* openssl x509/],
    [{ cert: pem, key: file("key.der") }, /: key: \S+ is in DER, .* openssl pkey -inform der/],
    [{ ca: file("empty") }, /: ca: \S+ is empty: it must be in PEM$/],
    [{ ca: file("text") }, /: ca: \S+ is not in PEM: there is no line that begins with -----BEGIN$/],
    [{ ca: file("cut.pem") }, /: ca: \S+ cannot be used: .*bad end line/],
    [{ cert: pem, key: file("other.pem") }, /: key: \S+ cannot be used: .*key values mismatch/],
    [{ ca: "" }, /\(ca\): must be a string that is not empty/],
  ];
  for (const [given, words] of wrong) {
    assert.match(
      said(() => webhook("https://example.com", given)),
      words,
    );
    assert.match(
      said(() => new TlsMaterial(given).read()),
      given.ca === "" ? /ENOENT/ : words,
    );
    const ssl = said(() => kafka("example.com:9092", { topic: "t", ssl: given }));
    assert.match(ssl, words);
    assert.match(ssl, /kafka: ssl/);
  }
});

test("files for TLS that are right, or not there yet, are no problem of the routes", (t) => {
  const file = files(t, { "ca.pem": AUTHORITY.cert, "cert.pem": CLIENT.cert, "key.pem": CLIENT.key });
  const given = { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem"), servername: "server" };
  webhook("https://example.com", given);
  webhook("https://example.com", { ca: file("later.pem") });
  kafka("example.com:9092", { topic: "t", ssl: given, key: (event) => event.host });
  assert.deepEqual(Object.keys(new TlsMaterial(given).read()), ["ca", "cert", "key", "servername"]);
});

test("a file that is replaced by one in DER is told when it is read again", (t) => {
  const file = files(t, { ca: AUTHORITY.cert });
  const material = new TlsMaterial({ ca: file("ca") });
  assert.ok(material.read().ca);
  writeFileSync(file("ca"), DER);
  utimesSync(file("ca"), 1, 1);
  assert.match(
    said(() => material.read()),
    /^Error: ca: \S+ is in DER/,
  );
});
