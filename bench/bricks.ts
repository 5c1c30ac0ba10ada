import { Decoder } from "../src/wire/decode.ts";
import { queryText } from "../src/wire/query.ts";
import { validate } from "../src/wire/validate.ts";
import { repeatedFields } from "./repeated-fields.ts";

/*
 * What the longest message costs that is one field over and over: milliseconds of processor time to check and to decode it, the slowest
 * first. A worker that stands still for a second is a message that harms others.
 *   node dist/bench/bricks.js
 */
const BYTES = 16 * 1024 * 1024 - 64;
const SHOWN = 20;

const rows = repeatedFields().map(({ name, make }) => {
  const bytes = make(BYTES);
  const decoder = new Decoder();
  let found = 0;
  const check = milliseconds(() => {
    found = validate(bytes, 0, bytes.length);
  });
  const decode = milliseconds(() => decoder.decode(bytes, 0, bytes.length, 0, []));
  const query = found > 0 && (found & 1) === 1 ? milliseconds(() => queryText(bytes, 0, bytes.length)) : 0;
  return {
    field: name,
    "check ms": check,
    "decode ms": decode,
    "query ms": query,
    is: found < 0 ? "refused" : "taken",
  };
});
rows.sort((a, b) => b["check ms"] + b["decode ms"] + b["query ms"] - (a["check ms"] + a["decode ms"] + a["query ms"]));
console.table(rows.slice(0, SHOWN));

function milliseconds(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}
