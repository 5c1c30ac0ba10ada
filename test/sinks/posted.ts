import type { EventFields } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { HttpStub, type Received } from "./http-stub.ts";
import { Outside } from "./outside.ts";

export const stub = (await new HttpStub().open()).unref();

/** 2025-11-29 at 22:00 UTC. */
export const AT = Date.UTC(2025, 10, 29, 22) / 1000;

/** What `alert` gives its stages: it began ten minutes before. */
export function alerted(phase: string, fields: EventFields = {}): EventFields {
  const known = { "alert phase": phase, "alert key": "disks/db1/disk /var", "alert since": String(AT - 600) };
  const attributes = { ...fields.attributes, ...known };
  return { host: "db1", service: "disk /var", state: "critical", metric: 0.95, time: AT, ...fields, attributes };
}

/** What the stub gets when these events come to a sink, each when the one before is dealt with. */
export async function postedInTurn(
  sink: AnyStages[number],
  events: readonly EventFields[],
  answer: HttpStub["answer"],
): Promise<readonly Received[]> {
  stub.received.length = 0;
  stub.answer = answer;
  const outside = new Outside([sink], `${sink.name}#0`);
  try {
    for (const event of events) {
      outside.offer(event);
      await outside.settled();
    }
    return [...stub.received];
  } finally {
    outside.close();
  }
}

/** What the stub gets when these events come to the last one of some stages, all at once. */
export async function posted(stages: AnyStages, events: readonly EventFields[]): Promise<readonly Received[]> {
  stub.received.length = 0;
  stub.answer = (response) => void response.end("ok");
  const outside = new Outside(stages, `${stages.at(-1)?.name}#${stages.length - 1}`);
  try {
    outside.offer(...events);
    await outside.settled();
    return [...stub.received];
  } finally {
    outside.close();
  }
}
