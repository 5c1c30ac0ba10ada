import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandoverReceiver } from "../../src/delivery/handover-receiver.ts";
import { NO_ASSIGNMENT } from "../../src/host/assignments.ts";
import { WorkerLink } from "../../src/host/worker-link.ts";

test("a thread that is gone answers nothing, and at once, whenever it is asked", async () => {
  const receiver = (): HandoverReceiver => ({ end() {}, reports: () => [] }) as unknown as HandoverReceiver;
  const options = { receiver, troubles: { ended() {} }, state: { unsavable: [] } };
  const link = new WorkerLink(options as unknown as ConstructorParameters<typeof WorkerLink>[0]);
  const before = link.prepare(NO_ASSIGNMENT);
  link.close();
  link.giveUp();
  assert.equal(await before, null);
  const commit = link.commit([], [], { givenUp: [], suspects: [], marks: new Map() });
  assert.deepEqual(await Promise.all([link.prepare(NO_ASSIGNMENT), link.release([]), commit, link.stop(1)]), [
    ...[null, null, null, null],
  ]);
});
