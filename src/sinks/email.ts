import { hostname } from "node:os";
import { type Event, type EventOrList, eventsOf } from "../core/event.ts";
import { aFunction, atLeastOne, checkKeys, checkOption, type Rule } from "../core/option.ts";
import { type Through, through } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { whole } from "../delivery/batch-form.ts";
import { Capacity } from "../delivery/capacity.ts";
import { nothingToSend, Outbox } from "../delivery/outbox.ts";
import { composeMail, type Mail, mailBody, mailSubject, mailText } from "./mail.ts";
import { Smtp } from "./smtp.ts";

/** How a mail looks and where it goes; a field left out has its default. */
export interface EmailOptions {
  /** The sender, `name@example.com` or `Name <name@example.com>`. @default `fast-ts@` and the name of this machine */
  readonly from?: string;
  /**
   * The subject, cut after 200 characters. For a list, the function receives its first event and all of them.
   * @default host, service and state; of several events their number and what is there of these
   */
  readonly subject?: (event: Event, events: readonly Event[]) => string;
  /**
   * The text about an event, cut after 65,536 characters; the mail of a list has that of each, as many as fit in these.
   * @default time, host, service, state, metric, tags, attributes and description
   */
  readonly body?: (event: Event) => string;
  /** The mail server. @default the environment variable `FTS_SMTP_URL`, or else `smtp://localhost:25` */
  readonly smtp?: string;
  /** How many mails may wait for the server, all copies of the stage (the keys of a `by`) together. @default 1,000 */
  readonly capacity?: number;
}

/**
 * Mails each event, or each list of events as one mail, and passes it on at once.
 *
 * Whatever comes is one mail: put `changedState`, `throttle` or `rollup` before it. An empty list sends nothing. The
 * ledger counts a list as one.
 *
 * A server that cannot be reached or answers 4xx is tried five times, after 1, 2, 4 and 8 seconds, then the mail is
 * dropped (`failed`); an answer of 5xx drops it at once (`refused`); a mail that finds `capacity` others waiting is
 * dropped too (`overflow`). A connection is opened with the first mail.
 *
 * @param to - The address, or the list of addresses, of every mail: `name@example.com` or `Name <name@example.com>`.
 * @throws FastTsError `FTS_STAGE_OPTION` when an address, the server's URL or an option is none.
 * @category Output
 * @example
 * pipeline("tell the operators", [changedState({ init: "ok" }), throttle(5, 3600), email("ops@example.com")]);
 * pipeline("five mails an hour about each service", [
 *   filter((e) => e.state === "critical"),
 *   by("service", [rollup(5, 3600)]),
 *   email("ops@example.com", { subject: ({ service }, { length }) => `${service}: ${length} times` }),
 * ]);
 */
export function email(to: string | readonly string[], options: EmailOptions = {}): Through<EventOrList> {
  const recipients = typeof to === "string" ? [to] : to;
  checkOption("email", "to", recipients, NO_EMPTY_LIST);
  for (const one of recipients) checkOption("email", "to", one, ADDRESS);
  checkKeys("email", options, ["from", "subject", "body", "smtp", "capacity"]);
  const { from = `fast-ts@${hostname()}`, subject = mailSubject, body = mailBody, capacity = 1000 } = options;
  checkOption("email", "from", from, ADDRESS);
  checkOption("email", "subject", subject, aFunction);
  checkOption("email", "body", body, aFunction);
  checkOption("email", "capacity", capacity, atLeastOne);
  const smtp = new Smtp(options.smtp);
  const shared = { room: new Capacity(capacity), episode: new Episode() };
  return through<EventOrList>(
    "email",
    (context) => {
      const outbox = new Outbox(context, smtp.writer({ from, to: recipients }), ONE_MAIL, SETTINGS, shared);
      return {
        onEvent(value) {
          const events = eventsOf(value);
          const [first] = events;
          if (first === undefined) nothingToSend(context);
          else outbox.add(composeMail(String(subject(first, events)), mailText(events, body)));
          context.emit(value);
        },
        flush: () => outbox.flush(),
        stop: () => outbox.stop(),
      };
    },
    { takes: "either", edge: { kind: "sink", name: "email" }, memory: 0 },
  );
}

const ONE_MAIL = whole<Mail>(() => 1);
const SETTINGS = { batch: 1, onFull: "drop", tries: 5, backoff: 1, maxBackoff: 60 } as const;

const BARE = /^[^\s@<>()[\],;:"\\]+@[^\s@<>()[\],;:"\\]+$/;
const NAMED = /^[^<>@,;:"\\\r\n]+ <([^<>]+)>$/;

const ADDRESS: Rule = {
  must: "a mail address: name@example.com or Name <name@example.com>",
  test: (value) => typeof value === "string" && BARE.test(NAMED.exec(value)?.[1] ?? value),
};
const NO_EMPTY_LIST: Rule = {
  must: "a mail address, or a list of them, one in each string",
  test: (value) => Array.isArray(value) && value.length > 0,
};
