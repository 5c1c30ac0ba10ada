import asyncHooks, { type HookCallbacks } from "node:async_hooks";

/*
 * node:test follows whatever a test makes, each promise from its beginning until it is collected, only to say which test an
 * error comes from that nobody catches: an eighth of the suite's CPU. Here it follows the tests alone, which tell it what
 * they stand in. An error that nobody catches fails the suite as ever, and is printed with its stack.
 */
const { createHook } = asyncHooks;

Object.assign(asyncHooks, {
  createHook({ init }: HookCallbacks) {
    Object.assign(asyncHooks, { createHook }); // the first one is that of node:test
    return createHook({
      init(id, type, ...rest) {
        if (type === "Test") init?.(id, type, ...rest);
      },
    });
  },
});

process.on("uncaughtExceptionMonitor", (error) => console.error(error));
process.on("unhandledRejection", (reason) => console.error(reason));
