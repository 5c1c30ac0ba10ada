import { createLog, type ProcessLog } from "../src/log.ts";

/** A log, and what it has said so far, as JSON. */
export function textLog(): { readonly log: ProcessLog; said(): string } {
  let text = "";
  const log = createLog({
    ...{ level: "info", format: "json" },
    write(more, done) {
      text += more;
      done();
    },
  });
  return { log, said: () => text };
}
