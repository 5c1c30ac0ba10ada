import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Mood } from "./mood.ts";

/** A target that can be made to fail. */
export interface OutageTarget {
  /** Where it is: `127.0.0.1:port`, or a path. */
  readonly address: string;
  become(mood: Mood): Promise<void>;
  /** The numbers of the events that it has got, in their order. */
  received(): Promise<readonly number[]>;
}

/** A directory that is gone after the test. */
export function scratch(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "fts-outage-"));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** A stub of some kind in a process of its own, which is killed when it is to be away. */
export class StubTarget implements OutageTarget {
  #port = 0;
  readonly #kind: string;
  readonly #file: string;
  #behind: number;
  #child: ChildProcess | null = null;

  /** @param behind - The port of the server that a `proxy` stands before. */
  static async start(t: TestContext, kind: string, behind = 0): Promise<StubTarget> {
    const stub = new StubTarget(kind, join(scratch(t), "got"), behind);
    t.after(() => stub.#child?.kill("SIGKILL"));
    await stub.#start();
    return stub;
  }

  private constructor(kind: string, file: string, behind: number) {
    this.#kind = kind;
    this.#file = file;
    this.#behind = behind;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async become(mood: Mood): Promise<void> {
    if (mood === "away") return this.#kill();
    if (this.#child === null) await this.#start();
    const done = once(this.#child ?? process, "message");
    this.#child?.send(mood);
    await done;
  }

  async received(): Promise<readonly number[]> {
    const { buffer, byteOffset, length } = readFileSync(this.#file);
    return [...new Uint32Array(buffer.slice(byteOffset, byteOffset + length))];
  }

  /** The server that it stands before has another port. */
  async leadTo(behind: number): Promise<void> {
    await this.#kill();
    this.#behind = behind;
    await this.#start();
  }

  async #start(): Promise<void> {
    const args = [this.#kind, this.#port, this.#file, this.#behind].map(String);
    this.#child = fork(new URL("./stub.js", import.meta.url), args);
    const [port] = await once(this.#child, "message");
    this.#port = port;
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
