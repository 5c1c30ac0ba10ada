import type { Cancel, Clock } from "../core/clock.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import type { TlsFiles } from "./tls-files.ts";

/** How often the files are checked, however they are replaced: by a rename, a write or a symlink. */
const LOOK_SECONDS = 5;
/** A certificate that ends so soon is warned about when it is read. */
const MIN_VALID_SECONDS = 7 * 24 * 3600;

export interface TlsCertificateOptions {
  /** Reads the files; rejects when they cannot be used. */
  readonly read: () => Promise<TlsFiles>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The listener's certificate, read anew when its files change. A change is used when it was found twice in a row, as a
 * pair of files is not replaced at once; what cannot be used is told once, and the old one stays.
 */
export class TlsCertificate {
  /** Called with what is to be used from now on. */
  onRenewed: (files: TlsFiles) => void = () => {};
  readonly #options: TlsCertificateOptions;
  readonly #cancelLook: Cancel;
  #files: TlsFiles;
  /** The digest, or the problem, that was found at the last look. */
  #found: string;
  /** The same of what was used or rejected last. */
  #settled: string;

  private constructor(options: TlsCertificateOptions, files: TlsFiles) {
    this.#options = options;
    this.#files = files;
    this.#found = files.digest;
    this.#settled = files.digest;
    this.#cancelLook = options.clock.every(LOOK_SECONDS, () => void this.#look());
    this.#warn();
  }

  /** Rejects when the files cannot be used. */
  static async open(options: TlsCertificateOptions): Promise<TlsCertificate> {
    return new TlsCertificate(options, await options.read());
  }

  get files(): TlsFiles {
    return this.#files;
  }

  /** Reads the files now. False when they cannot be used: the old ones stay. */
  async reload(): Promise<boolean> {
    return this.#settle(await this.#read());
  }

  stop(): void {
    this.#cancelLook();
  }

  async #look(): Promise<void> {
    const found = await this.#read();
    const key = keyOf(found);
    if (key === this.#found && key !== this.#settled) this.#settle(found);
    this.#found = key;
  }

  #settle(found: TlsFiles | string): boolean {
    this.#settled = keyOf(found);
    const { log } = this.#options;
    if (typeof found === "string") {
      log.error("the TLS certificate is not read anew, the old one stays", { error: found });
      return false;
    }
    if (found.digest === this.#files.digest) return true;
    this.#files = found;
    this.onRenewed(found);
    log.info("TLS certificate read anew", { not_after: isoTime(found.notAfter) });
    this.#warn();
    return true;
  }

  async #read(): Promise<TlsFiles | string> {
    try {
      return await this.#options.read();
    } catch (thrown) {
      return coerceError(thrown).message;
    }
  }

  #warn(): void {
    const { clock, log } = this.#options;
    const { notAfter } = this.#files;
    const left = notAfter - clock.now();
    if (left < MIN_VALID_SECONDS)
      log.warn(left < 0 ? "the TLS certificate has ended" : "the TLS certificate ends soon", {
        not_after: isoTime(notAfter),
      });
  }
}

function keyOf(found: TlsFiles | string): string {
  return typeof found === "string" ? found : found.digest;
}
