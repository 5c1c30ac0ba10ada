import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { aString, checkOption } from "../core/option.ts";
import { coerceError, FastTsError } from "../errors.ts";

/** Files and names for TLS; the files are read again when they change. */
export interface TlsFiles {
  /** File of the certificate authorities that the target's certificate is checked against, PEM. @default Node's own */
  readonly ca?: string;
  /** Files of the client's certificate and its key, PEM. @default none */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the target's certificate must have. @default the host of the URL */
  readonly servername?: string;
}

export const TLS_OPTIONS = ["ca", "cert", "key", "servername"] as const;

/** The options for TLS among those of a sink. */
export function tlsOf({ ca, cert, key, servername }: TlsFiles): TlsFiles {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
  };
}

/**
 * Sees that the files that are there hold what they must. Those that are not may come later: they are missed when the
 * target is connected to.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` with the option and the file.
 */
export function checkTls(where: string, files: TlsFiles): void {
  for (const option of FILE_OPTIONS)
    if (files[option] !== undefined) checkOption(where, option, files[option], aString);
  try {
    readPem(files, (path) => (statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined));
  } catch (thrown) {
    throw new FastTsError("FTS_STAGE_OPTION", `${where}: ${coerceError(thrown).message}`, { cause: thrown });
  }
}

const FILE_OPTIONS = ["ca", "cert", "key"] as const;

type Pem = Partial<Record<(typeof FILE_OPTIONS)[number], Buffer>>;

/** What the files hold, once it is known that TLS can use it. */
function readPem(files: TlsFiles, read: (path: string) => Buffer | undefined): Pem {
  const pem: Pem = {};
  for (const option of FILE_OPTIONS) {
    const path = files[option];
    const bytes = path === undefined ? undefined : read(path);
    if (path === undefined || bytes === undefined) continue;
    if (!bytes.includes("-----BEGIN ")) throw new Error(`${option}: ${path} ${notPem(option, path, bytes)}`);
    pem[option] = bytes;
  }
  const { ca, cert, key } = pem;
  // As `ca`, Node would leave out what it cannot read.
  if (ca !== undefined) use("ca", files, { cert: ca });
  if (cert !== undefined) use("cert", files, { cert });
  if (key !== undefined) use("key", files, { key, ...(cert !== undefined && { cert }) });
  return pem;
}

function use(option: (typeof FILE_OPTIONS)[number], files: TlsFiles, material: Pem): void {
  try {
    createSecureContext(material);
  } catch (thrown) {
    const { message } = coerceError(thrown);
    throw new Error(`${option}: ${files[option]} cannot be used: ${message}`, { cause: thrown });
  }
}

/** DER begins with the tag of a sequence. */
function notPem(option: string, path: string, bytes: Buffer): string {
  if (bytes.length === 0) return "is empty: it must be in PEM";
  if (bytes[0] !== 0x30) return "is not in PEM: there is no line that begins with -----BEGIN";
  const tool = option === "key" ? "pkey" : "x509";
  return `is in DER, and must be in PEM: openssl ${tool} -inform der -in ${path} -out ${path}.pem`;
}

interface Material {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
}

/** What the files of a {@link TlsFiles} hold now. */
export class TlsMaterial {
  readonly #files: TlsFiles;
  #stamp = "";
  #material: Material;

  constructor(files: TlsFiles) {
    this.#files = files;
    this.#material = files.servername === undefined ? {} : { servername: files.servername };
  }

  /** @throws Error when a file cannot be read, or does not hold what it must. */
  read(): Material {
    const { ca, cert, key, servername } = this.#files;
    const paths = [ca, cert, key].filter((path) => path !== undefined);
    if (paths.length === 0) return this.#material;
    const stamp = paths.map((path) => statSync(path).mtimeMs).join();
    if (stamp === this.#stamp) return this.#material;
    this.#material = {
      ...readPem(this.#files, (path) => readFileSync(path)),
      ...(servername !== undefined && { servername }),
    };
    this.#stamp = stamp;
    return this.#material;
  }
}
