import { readFileSync, statSync } from "node:fs";

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

  /** @throws Error when a file cannot be read. */
  read(): Material {
    const { ca, cert, key, servername } = this.#files;
    const paths = [ca, cert, key].filter((path) => path !== undefined);
    if (paths.length === 0) return this.#material;
    const stamp = paths.map((path) => statSync(path).mtimeMs).join();
    if (stamp === this.#stamp) return this.#material;
    this.#material = {
      ...(ca !== undefined && { ca: readFileSync(ca) }),
      ...(cert !== undefined && { cert: readFileSync(cert) }),
      ...(key !== undefined && { key: readFileSync(key) }),
      ...(servername !== undefined && { servername }),
    };
    this.#stamp = stamp;
    return this.#material;
  }
}
