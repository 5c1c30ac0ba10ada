import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { coerceError, FastTsError } from "../errors.ts";

/** Where a listener's certificates are: files in PEM. */
export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  /** Who signs clients' certificates; `false`: nobody. */
  readonly ca: string | false;
}

/** What the files hold. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  /** Unix seconds at which the certificate ends. */
  readonly notAfter: number;
  /** Differs when one of the files does. */
  readonly digest: string;
}

/**
 * Reads the files, and sees that they fit together.
 *
 * @throws FastTsError `FTS_START` with the option and the file that are wrong.
 */
export async function readTlsFiles({ cert, key, ca }: TlsPaths): Promise<TlsFiles> {
  const pair = { cert: await read("--tls-cert", cert), key: await read("--tls-key", key) };
  const files = { ...pair, ...(ca !== false && { ca: await read("--tls-ca", ca) }) };
  check(`--tls-cert ${cert}`, () => createSecureContext({ cert: files.cert }));
  check(`--tls-key ${key} (for --tls-cert ${cert})`, () => createSecureContext(pair));
  // As `ca`, Node would leave out what it cannot read: of a file in DER, all.
  check(`--tls-ca ${ca}`, () => files.ca && createSecureContext({ cert: files.ca }));
  const notAfter = Date.parse(new X509Certificate(files.cert).validTo) / 1000;
  const digest = createHash("sha256").update(files.cert).update(files.key);
  return { ...files, notAfter, digest: digest.update(files.ca ?? "").digest("hex") };
}

async function read(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw new FastTsError("FTS_START", `cannot read ${option} ${path}: ${coerceError(thrown).message}`, {
      cause: thrown,
    });
  }
}

function check(what: string, use: () => unknown): void {
  try {
    use();
  } catch (thrown) {
    throw new FastTsError("FTS_START", `cannot use ${what}: ${tlsReason(thrown)}`, { cause: thrown });
  }
}

/** What OpenSSL has no good words for. */
const MEANINGS: Readonly<Record<string, string>> = {
  "no start line":
    "a file in PEM has a line -----BEGIN CERTIFICATE-----; of one in DER openssl x509 -inform der -in FILE makes one",
  unsupported: "a key in PEM has a line -----BEGIN PRIVATE KEY-----, and an end",
  "bad decrypt": "the key has a passphrase, store it without one",
  "wrong version number": "the other side does not speak TLS",
};

/** What went wrong, without OpenSSL's numbers. */
export function tlsReason(thrown: unknown): string {
  const error = coerceError(thrown);
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
  const meaning = MEANINGS[reason];
  return meaning === undefined ? reason : `${reason}: ${meaning}`;
}
