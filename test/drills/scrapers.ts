import { Agent, get } from "node:http";

/** What clients that ask again and again got. */
export interface Scraped {
  readonly answered: number;
  readonly failed: number;
  /** Bodies that were unlike each other. */
  readonly renderings: number;
  /** Series in each; more than one number when pages were not whole. */
  readonly series: readonly number[];
  /** How long each answer took, milliseconds. */
  readonly took: readonly number[];
}

const [port = 0, clients = 0] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: false });
let isAsking = true;
let failed = 0;
const took: number[] = [];
const bodies = new Map<string, number>();

const asking = Promise.all(
  Array.from({ length: clients }, async () => {
    while (isAsking) {
      const begun = performance.now();
      const body = await scrape();
      took.push(performance.now() - begun);
      if (body === null) failed++;
      else bodies.set(body, (bodies.get(body) ?? 0) + 1);
    }
  }),
);

process.on("message", async () => {
  isAsking = false;
  await asking;
  const series = new Set(
    [...bodies.keys()].map((body) => body.split("\n").filter((line) => /^[^#]/.test(line)).length),
  );
  const told: Scraped = { answered: took.length - failed, failed, renderings: bodies.size, series: [...series], took };
  process.send?.(told, () => process.exit());
});

function scrape(): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/metrics", agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(response.statusCode === 200 ? String(Buffer.concat(chunks)) : null));
      response.on("error", () => resolve(null));
    });
    request.on("error", () => resolve(null));
  });
}
