import { event } from "../src/core/event.ts";
import { savedPipelineOf } from "../src/engine/saved-pipeline.ts";
import { by, rate } from "../src/stages/index.ts";
import { PlainCut } from "../src/state/plain-cut.ts";
import { decodePlain } from "../src/state/plain-reader.ts";
import { runAlone } from "./pipeline-alone.ts";
import { median } from "./statistics.ts";

/*
 * What it costs to save the state of 100,000 keys of `rate` and to restore it, in a process of its own:
 *   node --max-semi-space-size=32 dist/bench/state-cost.js
 */
const HOSTS = 1000;
const SERVICES = 100;
const ROUNDS = 5;
const stages = [by(["host", "service"], [rate(5)], { max: HOSTS * SERVICES })];

/** Of the processor: others may want it. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const TAGS = ["web"];
const alone = runAlone(stages);
for (let service = 0; service < SERVICES; service++)
  alone.offer(
    Array.from({ length: HOSTS }, (_, host) =>
      event({
        ...{ host: `host-${host}.example.com`, service: `service ${service}`, state: "ok" },
        ...{ metric: host * 1.25, time: Date.now() / 1000, ttl: 60, tags: TAGS },
      }),
    ),
  );

const rounds = Array.from({ length: ROUNDS }, () => {
  const begun = cpuMs();
  const cut = new PlainCut(); // as the daemon saves, but in one slice
  cut.begin(() => alone.save(cut));
  cut.write(() => false);
  const bytes = Buffer.concat(cut.take() ?? []);
  const written = cpuMs();
  const read = savedPipelineOf(decodePlain(bytes));
  const known = cpuMs();
  const again = runAlone(stages, undefined, read);
  const restored = cpuMs();
  again.end();
  return {
    ...{ bytes: bytes.length, save: written - begun },
    ...{ read: known - written, restore: restored - known },
  };
});
alone.end();
console.log(
  JSON.stringify({
    keys: HOSTS * SERVICES,
    bytes: median(rounds.map(({ bytes }) => bytes)),
    saveMs: median(rounds.map(({ save }) => save)),
    readMs: median(rounds.map(({ read }) => read)),
    restoreMs: median(rounds.map(({ restore }) => restore)),
  }),
);
