import { fork } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";

/** A file of this folder in a process of its own, so that what it measures is not held up by others, nor they by it. */
export interface Aside {
  /** Asks it what it has seen; another message is its own affair. */
  ask<T>(message?: string): Promise<T>;
}

export function aside(t: TestContext, file: string, ...numbers: readonly number[]): Aside {
  const child = fork(new URL(`./${file}.js`, import.meta.url), numbers.map(String));
  t.after(() => child.kill("SIGKILL"));
  return {
    async ask(message = "tell") {
      const told = once(child, "message");
      child.send(message);
      return (await told)[0];
    },
  };
}
