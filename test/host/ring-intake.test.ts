import assert from "node:assert/strict";
import { test } from "node:test";
import { ringMemory } from "../../src/host/ring.ts";
import { RingIntake } from "../../src/host/ring-intake.ts";
import { RingReader } from "../../src/host/ring-reader.ts";
import { RingWriter } from "../../src/host/ring-writer.ts";

const RUN = Buffer.alloc(256 * 1024);

/** A ring so full that reading stops, its reader, and how often that told that there is room. */
function fullRing() {
  const memory = ringMemory(1);
  let told = 0;
  const reader = new RingReader(memory, 0, () => told++);
  /** Called when the writer asks to be told of room: what a worker may do just before it hears of that. */
  const asked = { before: () => {} };
  class AskingWriter extends RingWriter {
    override want(): void {
      asked.before();
      super.want();
    }
  }
  const writer = new AskingWriter(memory);
  writer.attach(0, "newest");
  const intake = new RingIntake(writer, () => {});
  while (writer.hasRoom) intake.append(0, RUN, 0, RUN.length, 1, 1);
  intake.flush();
  const read = (): void => {
    while (reader.next() !== "none");
    reader.done();
  };
  return { intake, asked, read, told: () => told };
}

test("whoever finds no room is told when there is some", () => {
  const { intake, read, told } = fullRing();
  assert.equal(intake.isHeld, true);
  read();
  assert.deepEqual([told(), intake.isHeld], [1, false]);
});

test("room that is made while it is asked for is seen at once, as nobody will tell of it", () => {
  const { intake, asked, read, told } = fullRing();
  asked.before = read;
  assert.equal(intake.isHeld, false);
  assert.equal(told(), 0);
});
