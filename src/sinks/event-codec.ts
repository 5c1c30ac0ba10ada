import { Event, type EventOrList } from "../core/event.ts";
import type { ItemCodec } from "../core/target-port.ts";
import { Decoder, OK } from "../wire/decode.ts";
import { EventEncoder } from "../wire/encode.ts";

/** Before the message: whether it is a list. */
const EVENT = 0;
const LIST = 1;
/** Few strings are looked up: what is spilled is read once, and mostly never. */
const TABLES = { strings: 1024, sets: 256 };

/**
 * Events and lists of them on disk: a byte, and Riemann's Msg. A time has whole microseconds then, and a ttl is a float.
 * An item that is no event (user code put something else into its fields) has no bytes, and is an empty list then.
 */
export function eventCodec(): ItemCodec<EventOrList> {
  let encoder: EventEncoder | null = null;
  let decoder: Decoder | null = null;
  return {
    name: "events-1",
    encode(item) {
      encoder ??= new EventEncoder();
      try {
        const isEvent = item instanceof Event;
        const msg = encoder.msg(isEvent ? [item] : item);
        const bytes = Buffer.allocUnsafe(1 + msg.length);
        bytes[0] = isEvent ? EVENT : LIST;
        bytes.set(msg, 1);
        return bytes;
      } catch {
        return Buffer.alloc(0);
      }
    },
    decode(bytes) {
      if (bytes.length === 0) return [];
      const events: Event[] = [];
      decoder ??= new Decoder(TABLES);
      if (decoder.decode(bytes, 1, bytes.length, 0, events) !== OK) return undefined;
      return bytes[0] === LIST ? events : events[0];
    },
  };
}
