import type { TestContext } from "node:test";

/** Sets variables of the environment, which all tests of the process share, until the test is over; undefined: not there. */
export function setEnvironment(t: TestContext, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    t.after(() => set(name, before));
    set(name, value);
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
