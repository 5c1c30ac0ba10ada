import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { type WebhookOptions, webhook } from "../../src/sinks/webhook.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { setEnvironment } from "../environment.ts";
import { HttpStub } from "./http-stub.ts";
import { isBalanced } from "./live.ts";
import { Outside } from "./outside.ts";

let stub = await new HttpStub().open();
const dir = mkdtempSync(join(tmpdir(), "fts-webhook-"));
after(async () => {
  rmSync(dir, { recursive: true });
  await stub.close();
});

const services = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ service: `s${from + i}` }));
const sentOf = (body: string): string[] => JSON.parse(body).map((one: { service: string }) => one.service);

/** Runs `work` with a webhook to the stub, which has forgotten what came before. */
async function withHook(options: WebhookOptions, work: (outside: Outside) => Promise<void>): Promise<void> {
  stub.received.length = 0;
  stub.answer = (response) => void response.end("ok");
  const outside = new Outside([webhook(`${stub.url}/hook?k=v`, options)], "webhook#0");
  try {
    await work(outside);
    assert.ok(isBalanced(outside.report), JSON.stringify(outside.report));
  } finally {
    outside.close();
  }
}

test("events go as one JSON array, as stdout prints them", async () => {
  await withHook({}, async (outside) => {
    outside.offer({ service: "a", metric: 1.5, time: 7 }, { service: "b", metric: Number.NaN, time: 8 });
    await outside.settled();
    const [request] = stub.received;
    const expected = [
      event({ service: "a", metric: 1.5, time: 7 }),
      event({ service: "b", metric: Number.NaN, time: 8 }),
    ];
    assert.deepEqual(JSON.parse(request?.body ?? ""), JSON.parse(JSON.stringify(expected)));
    assert.deepEqual([request?.method, request?.path], ["POST", "/hook?k=v"]);
    assert.equal(request?.headers["content-type"], "application/json");
  });
});

test("method, headers and body are the user's", async (t) => {
  setEnvironment(t, { FTS_TEST_HOOK: "s3cret" });
  const options: WebhookOptions = {
    method: "PUT",
    headers: { "X-Team": "ops", authorization: secret("FTS_TEST_HOOK", (s) => `Bearer ${s}`) },
    body: (events) => `n=${events.length}`,
  };
  await withHook(options, async (outside) => {
    outside.offer(...services(0, 3));
    await outside.settled();
    const [{ method, headers, body } = stub.received[0] as never] = stub.received;
    assert.deepEqual([method, body, headers["x-team"], headers.authorization], ["PUT", "n=3", "ops", "Bearer s3cret"]);
  });
});

test("a signature is the HMAC-SHA256 of timestamp, dot and body", async (t) => {
  writeFileSync(join(dir, "key"), "k1\n");
  setEnvironment(t, { FTS_TEST_KEY_FILE: join(dir, "key") });
  await withHook({ hmac: secret("FTS_TEST_KEY") }, async (outside) => {
    outside.offer({ service: "a" });
    await outside.settled();
    const [{ headers, body } = stub.received[0] as never] = stub.received;
    const timestamp = headers["x-fast-ts-timestamp"];
    assert.match(String(timestamp), /^\d{10}$/);
    const expected = createHmac("sha256", "k1").update(`${timestamp}.${body}`).digest("hex");
    assert.equal(headers["x-fast-ts-signature"], `sha256=${expected}`);
  });
});

test("a list is one item, and its events are sent beside the others", async () => {
  stub.received.length = 0;
  const outside = new Outside([fixedEventWindow(2), webhook(stub.url)], "webhook#1");
  outside.offer(...services(0, 4));
  await outside.settled();
  assert.deepEqual(
    stub.received.flatMap(({ body }) => sentOf(body)),
    ["s0", "s1", "s2", "s3"],
  );
  assert.equal(outside.report.delivered, 2);
  outside.close();
});

for (const status of [500, 503, 429, 408])
  test(`an answer of ${status} is tried again, and Retry-After is honoured`, async () => {
    await withHook({}, async (outside) => {
      const times: number[] = [];
      stub.answer = (response) => {
        times.push(outside.clock.now());
        if (times.length > 1) return void response.end();
        response.writeHead(status, { "retry-after": "0.3" }).end("later");
      };
      outside.offer({ service: "a" });
      await outside.settled();
      assert.equal(outside.report.delivered, 1);
      assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 0.29);
    });
  });

test("a refused request is halved until the event is found that the server does not want", async () => {
  const gone: string[] = [];
  await withHook({}, async (outside) => {
    stub.answer = (response, { body }) => {
      const isBad = sentOf(body).includes("s5");
      if (isBad) gone.push(body);
      response.writeHead(isBad ? 400 : 200).end(isBad ? "s5 is not for us" : "");
    };
    outside.offer(...services(0, 9));
    await outside.settled();
    const { delivered, dropped } = outside.report;
    assert.deepEqual([delivered, dropped.refused], [8, 1]);
    assert.deepEqual(sentOf(gone.at(-1) ?? "[]"), ["s5"]);
  });
});

test("a redirect is not followed", async () => {
  await withHook({}, async (outside) => {
    stub.answer = (response) => void response.writeHead(302, { location: "/elsewhere" }).end();
    outside.offer({ service: "a" });
    await outside.settled();
    assert.equal(outside.report.dropped.refused, 1);
    assert.deepEqual(
      stub.received.map(({ path }) => path),
      ["/hook?k=v"],
    );
    assert.match(JSON.stringify(outside.live.log), /redirects are not followed: \/elsewhere/);
  });
});

test("a server that closes in the middle of its answer, or never answers, is tried again", async () => {
  await withHook({ timeout: 0.5 }, async (outside) => {
    let tries = 0;
    stub.answer = (response) => {
      tries++;
      if (tries === 1) {
        response.writeHead(200, { "content-length": "100" });
        response.write("half");
        setImmediate(() => response.destroy());
      } else if (tries > 2) response.end();
    };
    outside.offer({ service: "a" });
    await outside.settled();
    assert.deepEqual([outside.report.delivered, tries], [1, 3]);
  });
});

for (const [status, books] of Object.entries({ 200: { delivered: 1, refused: 0 }, 400: { delivered: 0, refused: 1 } }))
  test(`an answer of ${status} that has no end is read no further than it is of use`, async () => {
    await withHook({}, async (outside) => {
      const closed = new Promise((resolve) => {
        stub.answer = (response) => {
          const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, "a")));
          };
          response.on("drain", more).on("close", resolve).writeHead(Number(status));
          more();
        };
      });
      outside.offer({ service: "a" });
      await outside.standing(({ pending, handled }) => handled > 0 && pending === 0);
      await closed;
      const { delivered, dropped } = outside.report;
      assert.deepEqual({ delivered, refused: dropped.refused }, books);
    });
  });

test("a connection is kept for the next request", async () => {
  await withHook({}, async (outside) => {
    const before = stub.connections;
    for (let n = 0; n < 5; n++) {
      outside.offer({ service: "a" });
      await outside.settled();
    }
    assert.equal(stub.connections - before, 1);
  });
});

test("a target that is down at the start stops nothing, and gets all when it is up", async () => {
  const port = stub.port;
  await stub.close();
  const outside = new Outside([webhook(`http://127.0.0.1:${port}/`)], "webhook#0");
  outside.offer(...services(0, 5));
  await outside.until(({ pending }) => pending === 5);
  stub = await new HttpStub().open(port);
  outside.offer(...services(5, 7));
  await outside.settled();
  assert.equal(outside.report.delivered, 7);
  outside.close();
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [
      () => webhook("example.com"),
      /webhook\(url\): must be a URL such as "https:\/\/example.com\/path" or a secret\("NAME"\), got "example.com"/,
    ],
    [() => webhook("https://e.com", { method: "GET" as never }), /webhook\(method\): must be "POST", "PUT" or "PATCH"/],
    [() => webhook("https://e.com", { hmac: "key" as never }), /webhook\(hmac\): must be a secret\("NAME"\)/],
    [() => webhook("https://e.com", { tries: 3 } as never), /webhook\(options\): there is no option "tries"/],
    [
      () => webhook("https://e.com", { batch: { events: 0 } }),
      /webhook\(batch.events\): must be a whole number >= 1, got 0/,
    ],
    [
      () => `${secret("FTS_TEST_HOOK")}`,
      /secret\(FTS_TEST_HOOK\) cannot be part of a text: write secret\("FTS_TEST_HOOK", \(s\) => /,
    ],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
