import { hostname } from "node:os";
import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { marksOf } from "../delivery/alert-mark.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { type Note, newMessage } from "../delivery/message.ts";
import { renameOptions } from "../delivery/old-options.ts";
import {
  MESSAGE_DEFAULTS,
  MESSAGE_OPTIONS,
  type MessageOptions,
  settingsOf,
  shownEvents,
} from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, tlsOf } from "../delivery/tls-material.ts";
import { stateWord } from "./alert-text.ts";
import { type MailConfig, mailBody, mailSubject, newMail } from "./mail.ts";
import { MailServer } from "./mail-server.ts";
import { LINK, optionFunction, TEXT } from "./option-function.ts";
import { mailText } from "./smtp.ts";
import { targetIdentity } from "./target-identity.ts";

/** How a mail looks and where it goes; a field left out has its default. */
export interface EmailOptions extends MessageOptions, TlsFiles {
  /** The sender, `name@example.com` or `Name <name@example.com>`. @default `fast-ts@` and the name of this machine */
  readonly from?: string;
  /**
   * The subject, cut after 200 characters. For a list, the function receives its first event and all of them.
   * @default host, service and state, of an alert its state first; of several events their number and what is there of these
   */
  readonly subject?: (event: Event, events: readonly Event[]) => string;
  /**
   * The text about an event, cut after 65,536 characters; the mail of several has that of each, as many as fit in these.
   * @default time, host, service, state, metric, of an alert since when, tags, attributes and description
   */
  readonly body?: (event: Event) => string;
  /** A page about an event: the HTML part links to it. @default none */
  readonly url?: (event: Event) => string;
  /**
   * The mail server: `smtp://user:password@host:587`, which encrypts when the server offers it, or `smtps://…:465`, which
   * always does; as text or as `secret(…)`. With `ca`, `cert` or `servername` a server that offers no encryption gets no
   * mail. @default the environment variable `FTS_SMTP_URL`, or else `smtp://localhost:25`
   */
  readonly smtp?: string | Secret;
  /** The name of `maxEvents` until now; it goes with the next release. */
  readonly capacity?: number;
}

/** How many events a mail of several tells of unless it is said: those that fit. */
const DEFAULT_SHOWN_EVENTS = 1000;

const OWN_OPTIONS = ["from", "subject", "body", "url", "smtp", "capacity"] as const;
const DEFAULTS: TargetSettings = { ...MESSAGE_DEFAULTS, timeout: 60 };

/**
 * Mails each event, or each list of events as one mail, and passes it on at once. Mails have a text and an HTML part.
 *
 * Whatever comes is one mail: put `changedState`, `throttle` or `rollup` before it, or have `rate` and `digest` merge what
 * comes too fast. An empty list sends nothing. The ledger counts a list as one. The mails of all pipelines to the same
 * recipients wait in one queue, which no end of a worker empties; `rate` and `digest` hold for all of them.
 *
 * A server that cannot be reached, does not let us in, is no mail server, or answers 4xx is tried again for
 * `retryFor`, a day. An answer of 5xx gives the mail up at once (`refused`); of several recipients only those whom it
 * is about. A mail whose answer was lost is sent again, with the same `Message-ID`: it may come twice. A connection is
 * opened with the first mail.
 *
 * @param to - The address, or the list of addresses, of every mail: `name@example.com` or `Name <name@example.com>`.
 * @throws FastTsError `FTS_STAGE_OPTION` when an address, the server's URL or an option is not valid.
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
  checkKeys("email", options, [...MESSAGE_OPTIONS, ...TLS_OPTIONS, ...OWN_OPTIONS]);
  const { from = `fast-ts@${hostname()}`, name, deadLetters } = options;
  checkOption("email", "from", from, ADDRESS);
  const subject = optionFunction("email", "subject", options.subject ?? mailSubject, TEXT);
  const body = optionFunction("email", "body", options.body ?? mailBody, TEXT);
  const url = optionFunction("email", "url", options.url, LINK);
  const { options: delivery, warnings } = renameOptions("email", options);
  const settings = settingsOf("email", delivery, DEFAULTS);
  const shown = shownEvents(options, DEFAULT_SHOWN_EVENTS);
  const server = new MailServer(options.smtp);
  const note = (event: Event): Note => ({
    title: mailSubject(event),
    text: body(event),
    state: stateWord(event),
    link: url?.(event) ?? null,
  });
  const people = [from, ...recipients].join();
  const where = server.label(people);
  return deliverySink(
    "email",
    {
      ...targetIdentity("email", { name, shown: where, address: [where, people] }),
      settings,
      kind: "email",
      config: (): MailConfig => ({
        url: server.url,
        from,
        to: recipients,
        shown,
        connections: settings.concurrency,
        timeout: settings.timeout,
        tls: tlsOf(options),
      }),
      render(value) {
        const events = eventsOf(value);
        const [first] = events;
        const title = first === undefined ? "" : subject(first, events);
        return newMail(newMessage(title, events, note, shown, marksOf(events)));
      },
      shown: (mail, { clock }) => [
        { to: recipients.join(", "), body: mailText(mail, `<1@${hostname()}>`, { from, to: recipients }, clock.now()) },
      ],
    },
    { deadLetters, warnings },
  );
}

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
