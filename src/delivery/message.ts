import type { AlertMark } from "./alert-mark.ts";
import { cutText } from "./cut-text.ts";

/** What a message to people says about one event. */
export interface Note {
  /** One line that names it: `db1 disk critical`. */
  readonly title: string;
  readonly text: string;
  readonly state: string | null;
  /** A page about it. */
  readonly link: string | null;
}

/**
 * A message to people: plain data, which crosses threads. Its writer can make one of several without the functions of
 * route files, and shows as much as the target takes.
 */
export interface Message {
  readonly title: string;
  /** What is said about its events, the oldest first; not more than are shown. */
  readonly notes: readonly Note[];
  /** How many events it stands for: those without a note are "… n more". */
  readonly events: number;
  /** The alerts among them. */
  readonly alerts: readonly AlertMark[];
}

/** Maximum titles in the title of a merged message. */
const MAX_TITLES = 3;
const MAX_TITLE_CHARACTERS = 200;
/** What of it names events: their number has to fit too. */
const MAX_NAMED_CHARACTERS = 160;

/** A message about one event, or about a list: `title` is made of all, a note of each that is shown. */
export function newMessage<Item>(
  title: string,
  items: readonly Item[],
  note: (item: Item) => Note,
  shown: number,
  alerts: readonly AlertMark[] = [],
): Message {
  return { title: oneLine(title), notes: items.slice(0, shown).map(note), events: items.length, alerts };
}

/** One message of several, the oldest first, with notes on its first `shown` events. One alone stays as it is. */
export function mergeMessages(messages: readonly Message[], shown: number): Message {
  const [only] = messages;
  if (only !== undefined && messages.length === 1) return only;
  const notes: Note[] = [];
  let events = 0;
  for (const message of messages) {
    events += message.events;
    for (const note of message.notes) if (notes.length < shown) notes.push(note);
  }
  const alerts = messages.flatMap((message) => message.alerts);
  return { title: mergedTitle(messages, events), notes, events, alerts };
}

/** `3 events: web1 http critical, web2 http critical`; each title once. */
function mergedTitle(messages: readonly Message[], events: number): string {
  const titles = [...new Set(messages.map(({ title }) => title))];
  const named = titles.slice(0, MAX_TITLES).join(", ");
  const more = titles.length > MAX_TITLES ? `, ${moreLine(titles.length - MAX_TITLES)}` : "";
  return oneLine(`${events} events: ${cutText(named, MAX_NAMED_CHARACTERS)}${more}`);
}

/** A line end in a title could smuggle in headers. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  return cutText(text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim(), MAX_TITLE_CHARACTERS);
}

export function moreLine(count: number): string {
  return `… ${count} more`;
}

/** How the notes of a message become one text; a field left out has its default. */
export interface NotesOptions {
  /** The most that the text may have, in the unit of `size`. */
  readonly max: number;
  /** The size of a text as its target counts it. @default its UTF-16 code units */
  readonly size?: (text: string) => number;
  /** What stands between two notes. @default a blank line */
  readonly gap?: string;
}

/** As many notes as fit, each as `write` has it, and then how many events are not told of; the first is cut to fit. */
export function notesText(message: Message, write: (note: Note) => string, options: NotesOptions): string {
  const { max, size = (text) => text.length, gap = "\n\n" } = options;
  let text = "";
  let told = 0;
  for (const note of message.notes) {
    const next = told === 0 ? write(note) : `${text}${gap}${write(note)}`;
    const rest = message.events - told - 1;
    if (size(rest > 0 ? `${next}${gap}${moreLine(rest)}` : next) > max) break;
    text = next;
    told++;
  }
  const [first] = message.notes;
  if (told === 0 && first !== undefined) {
    const rest = message.events > 1 ? `${gap}${moreLine(message.events - 1)}` : "";
    return `${cutText(write(first), max - size(rest), size)}${rest}`;
  }
  const left = message.events - told;
  return left > 0 ? `${text}${gap}${moreLine(left)}` : text;
}
