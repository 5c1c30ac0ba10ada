import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { marksOf } from "../delivery/alert-mark.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { type Note, newMessage } from "../delivery/message.ts";
import {
  MESSAGE_DEFAULTS,
  MESSAGE_OPTIONS,
  type MessageOptions,
  settingsOf,
  shownEvents,
} from "../delivery/options.ts";
import { TLS_OPTIONS, type TlsFiles, tlsOf } from "../delivery/tls-material.ts";
import { alertBody, alertTitle, stateWord } from "./alert-text.ts";
import { type ChatMessage, type Compose, composed } from "./chat-post.ts";
import { FIELDS, LINK, optionFunction, TEXT } from "./option-function.ts";
import { type PostConfig, renderedPost } from "./post.ts";
import { targetIdentity } from "./target-identity.ts";
import { urlOf } from "./url.ts";

/** What a message to people says; a field left out has its default. */
export interface ChatOptions extends MessageOptions, TlsFiles {
  /**
   * One line, cut after 200 characters. For a list, the function receives its first event and all of them.
   * @default state, host and service; of several events how many there are of each state
   */
  readonly title?: (event: Event, events: readonly Event[]) => string;
  /** The text about an event, below its title. @default the value with its unit, since when, and the description */
  readonly body?: (event: Event) => string;
  /** A page about an event, to which the message links. @default none */
  readonly url?: (event: Event) => string;
  /**
   * Further fields of the request, or others in place of ours; of messages that are merged the last one with a field counts.
   * @default none
   */
  readonly payload?: (events: readonly Event[]) => Readonly<Record<string, unknown>>;
}

export const CHAT_OPTIONS = [...MESSAGE_OPTIONS, ...TLS_OPTIONS, "title", "body", "url", "payload"] as const;

/** What a chat's writer is made of. */
export interface ChatConfig extends PostConfig {
  /** How many events a message tells of. */
  readonly shown: number;
}

/** A message with the loudest priority of its events. */
export interface UrgentMessage extends ChatMessage {
  readonly priority: number;
}

/** A sink that writes messages to a chat. */
export interface ChatSink<Item extends ChatMessage, Config extends Pick<PostConfig, "url" | "hidden">> {
  readonly sink: string;
  /** What tells targets apart, and what logs call it. */
  readonly address: string;
  readonly label: string;
  readonly options: ChatOptions;
  /** Options that only this one has. */
  readonly own?: readonly string[];
  /** How fast the chat takes messages. */
  readonly rate: TargetSettings["rate"];
  /** Where to, and with what; secrets are revealed here. */
  config(): Config;
  readonly compose: Compose<Config, Item>;
  /** More than the message says. @default nothing */
  more?(events: readonly Event[]): Omit<Item, keyof ChatMessage>;
}

/** The stage of such a sink: one event is one message, and so is a list. */
export function chatSink<Item extends ChatMessage, Config extends Pick<PostConfig, "url" | "hidden">>(
  spec: ChatSink<Item, Config>,
): Through<EventOrList> {
  const { sink, options, own = [] } = spec;
  checkKeys(sink, options, [...CHAT_OPTIONS, ...own]);
  const { name, deadLetters } = options;
  const title = optionFunction(sink, "title", options.title ?? alertTitle, TEXT);
  const body = optionFunction(sink, "body", options.body ?? alertBody, TEXT);
  const url = optionFunction(sink, "url", options.url, LINK);
  const payload = optionFunction(sink, "payload", options.payload, FIELDS);
  const settings = settingsOf(sink, options, { ...MESSAGE_DEFAULTS, rate: spec.rate });
  const shown = shownEvents(options);
  const identity = targetIdentity(sink, { name, shown: spec.label, address: [spec.address] });
  const { label } = identity;
  const note = (event: Event): Note => ({
    title: title(event, [event]),
    text: body(event),
    state: stateWord(event),
    link: url?.(event) ?? null,
  });
  return deliverySink<Item>(
    sink,
    {
      ...identity,
      settings,
      kind: sink,
      config: () => ({ ...spec.config(), label, shown, connections: settings.concurrency, tls: tlsOf(options) }),
      render(value) {
        const events = eventsOf(value);
        const [first] = events;
        const line = first === undefined ? "" : title(first, events);
        // What an item has beside the message is what `more` makes.
        return {
          ...newMessage(line, events, note, shown, marksOf(events)),
          ...(payload !== undefined && { payload: payload(events) }),
          ...spec.more?.(events),
        } as Item;
      },
      shown(message) {
        const config = spec.config();
        const to = { ...config, url: urlOf(config.url).href };
        return [renderedPost(composed(spec.compose, message, to, [message]), config.url)];
      },
    },
    { deadLetters },
  );
}
