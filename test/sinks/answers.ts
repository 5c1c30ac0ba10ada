import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { EventFields } from "../../src/core/event.ts";
import type { Stage } from "../../src/core/stage.ts";
import type { DeliveryOptions } from "../../src/delivery/options.ts";
import { HttpStub, type Received } from "./http-stub.ts";
import { isBalanced } from "./live.ts";
import { Outside } from "./outside.ts";

/** A sink over HTTP under test. */
export interface HttpSinkCase {
  readonly name: string;
  make(url: string, options: DeliveryOptions): Stage<never, unknown>;
  /** Answers as the server does when all is well. */
  well(response: ServerResponse): void;
  /** What is tried again. @default 429, 500 and 503 */
  readonly retried?: readonly number[];
}

/** Runs `work` with the sink before a stub of its server. */
export async function withServer(
  { name, make, well }: HttpSinkCase,
  options: DeliveryOptions,
  work: (outside: Outside, stub: HttpStub) => Promise<void>,
): Promise<void> {
  const stub = await new HttpStub().open();
  stub.answer = well;
  const outside = new Outside([make(stub.url, options)] as never, `${name}#0`);
  try {
    await work(outside, stub);
    assert.ok(isBalanced(outside.report), JSON.stringify(outside.report));
  } finally {
    outside.close();
    await stub.close();
  }
}

/** What one request of the sink is for these events. */
export async function requestOf(sink: HttpSinkCase, events: readonly EventFields[]): Promise<Received> {
  let received: Received | undefined;
  await withServer(sink, {}, async (outside, stub) => {
    outside.offer(...events);
    await outside.settled();
    assert.equal(stub.received.length, 1);
    [received] = stub.received;
  });
  assert.ok(received);
  return received;
}

/** What every sink over HTTP makes of trouble. */
export function testTrouble(sink: HttpSinkCase): void {
  const { name, well, retried = [429, 500, 503] } = sink;
  const EVENT = { host: "h", service: "s", metric: 1, time: 1_700_000_000 };

  for (const status of retried)
    test(`${name}: ${status} is tried again, not before Retry-After says so`, async () => {
      await withServer(sink, {}, async (outside, stub) => {
        const times: number[] = [];
        stub.answer = (response) => {
          times.push(outside.clock.now());
          if (times.length > 1) well(response);
          else response.writeHead(status, { "retry-after": "0.3" }).end("later");
        };
        outside.offer(EVENT);
        await outside.settled();
        assert.equal(outside.report.delivered, 1);
        assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 0.29);
        assert.deepEqual(stub.received[1]?.bytes, stub.received[0]?.bytes);
      });
    });

  for (const status of [401, 403])
    test(`${name}: ${status} gives the batch up whole, and the log says that it is the credential`, async () => {
      await withServer(sink, { batch: { events: 10 } }, async (outside, stub) => {
        stub.answer = (response) => void response.writeHead(status).end("who are you");
        outside.offer(EVENT, { ...EVENT, host: "other" });
        await outside.settled();
        assert.deepEqual([outside.report.dropped.failed, stub.received.length], [2, 1]);
        assert.match(JSON.stringify(outside.live.log), /does not accept the credential.*who are you/);
      });
    });

  test(`${name}: an answer that breaks off, or never comes, is tried again`, async () => {
    await withServer(sink, { timeout: 0.5 }, async (outside, stub) => {
      let tries = 0;
      stub.answer = (response) => {
        tries++;
        if (tries === 1) {
          response.writeHead(200, { "content-length": "100" });
          response.write("half");
          setImmediate(() => response.destroy());
        } else if (tries > 2) well(response);
      };
      outside.offer(EVENT);
      await outside.settled();
      assert.deepEqual([outside.report.delivered, tries], [1, 3]);
    });
  });
}
