import { test as nodeTest } from "node:test";

/**
 * Declares a test, for `fast-ts test` or `node --test`: it is `test` of node:test, by a name that needs no types of
 * Node.
 */
export const test: (name: string, body: () => void | Promise<void>) => void = nodeTest;
