import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { coerceError } from "../errors.ts";

/** What becomes of a file that is rotated away. */
export interface RotationOptions {
  readonly gzip: boolean;
  /** How many are kept. @default all */
  readonly keep?: number | undefined;
}

/** Moves a file away, again and again; what was moved is compressed and removed meanwhile, one after the other. */
export class Rotation {
  readonly #path: string;
  readonly #options: RotationOptions;
  readonly #onTrouble: (error: Error) => void;
  /** Of the last file: files of the same second are numbered. */
  #stamp = "";
  #number = 0;
  #tidying: Promise<void> = Promise.resolve();

  /** @param onTrouble - Hears that a file could not be compressed or removed. */
  constructor(path: string, options: RotationOptions, onTrouble: (error: Error) => void) {
    this.#path = path;
    this.#options = options;
    this.#onTrouble = onTrouble;
  }

  /** Gives the file the time to its name. @param now - Unix seconds */
  async moveAway(now: number): Promise<void> {
    const away = await this.#nextName(stampOf(now));
    await rename(this.#path, away);
    this.#tidying = this.#tidying
      .then(() => this.#tidy(away))
      .catch((thrown: unknown) => this.#onTrouble(coerceError(thrown)));
  }

  async #nextName(stamp: string): Promise<string> {
    this.#number = stamp === this.#stamp ? this.#number + 1 : 0;
    this.#stamp = stamp;
    for (; ; this.#number++) {
      const name = `${this.#path}.${stamp}${this.#number === 0 ? "" : `-${this.#number}`}`;
      const found = await Promise.all([name, `${name}.gz`].map((path) => stat(path).catch(() => null)));
      if (found.every((one) => one === null)) return name;
    }
  }

  async #tidy(away: string): Promise<void> {
    const { gzip, keep } = this.#options;
    if (keep !== undefined) await removeOld(this.#path, keep);
    const isThere = (await stat(away).catch(() => null)) !== null;
    if (gzip && isThere) await compress(away);
  }
}

/** `20231114T221320Z` */
function stampOf(now: number): string {
  return new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** The whole file is there under its last name, or not at all. */
async function compress(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.gz.part`));
  await rename(`${path}.gz.part`, `${path}.gz`);
  await rm(path);
}

async function removeOld(path: string, keep: number): Promise<void> {
  const rotated = /^\.(\d{8}T\d{6}Z)(?:-(\d+))?(?:\.gz(?:\.part)?)?$/;
  const names = await readdir(dirname(path));
  const aged = names.flatMap((name) => {
    const [, time = "", number = "0"] = name.startsWith(basename(path))
      ? (rotated.exec(name.slice(basename(path).length)) ?? [])
      : [];
    return time === "" ? [] : [{ name, time, number: Number(number) }];
  });
  aged.sort((a, b) => (a.time === b.time ? b.number - a.number : a.time < b.time ? 1 : -1));
  await Promise.all(aged.slice(keep).map(({ name }) => rm(join(dirname(path), name), { force: true })));
}
