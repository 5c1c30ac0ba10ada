import type { Event } from "../core/event.ts";
import { formatJson } from "../text/format-json.ts";
import { encodeMsg, toWire } from "../wire/codec.ts";
import { HEADER } from "../wire/frames.ts";
import type { Answer, Form } from "./report.ts";

/** Clients take as much as they can hold, or less. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Short pieces are gathered. */
const CHUNK_BYTES = 64 * 1024;

/** Writes the events that a query finds, one after the other: a long answer is never written in one go. */
export class AnswerWriter {
  readonly #form: Form;
  readonly #chunks: Buffer[] = [];
  /** The last chunk, and how much of it is used. */
  #open = Buffer.alloc(0);
  #used = 0;
  #bytes = 0;

  constructor(form: Form) {
    this.#form = form;
    // A Msg may come in parts, which are one when they stand one after the other; its length is written at the end.
    if (form === "frame") for (const part of [Buffer.alloc(HEADER), encodeMsg({ ok: true })]) this.#append(part);
  }

  /** Whether it is longer than any answer may be. Then nothing more is written, and what was is forgotten. */
  get isLong(): boolean {
    return this.#bytes > MAX_ANSWER_BYTES;
  }

  /** Throws when user code made an event of something that cannot be written. */
  add(event: Event): void {
    if (this.isLong) return;
    this.#append(
      this.#form === "frame" ? encodeMsg({ events: [toWire(event)] }) : Buffer.from(`${formatJson(event)}\n`),
    );
    if (this.isLong) this.#chunks.length = 0;
  }

  /** The answer, in memory of its own, which may be handed to another thread. */
  finish(): Answer {
    if (this.isLong) return TOO_LONG;
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      const part = chunk === this.#open ? chunk.subarray(0, this.#used) : chunk;
      bytes.set(part, at);
      at += part.length;
    }
    if (this.#form === "frame") Buffer.from(bytes.buffer).writeUInt32BE(this.#bytes - HEADER);
    return { kind: "found", bytes };
  }

  #append(part: Buffer): void {
    this.#bytes += part.length;
    if (part.length > this.#open.length - this.#used) this.#next(part.length);
    this.#used += part.copy(this.#open, this.#used);
  }

  #next(bytes: number): void {
    const { length } = this.#chunks;
    if (length > 0) this.#chunks[length - 1] = this.#open.subarray(0, this.#used);
    this.#open = Buffer.allocUnsafe(Math.max(bytes, CHUNK_BYTES));
    this.#used = 0;
    this.#chunks.push(this.#open);
  }
}

const TOO_LONG: Answer = {
  kind: "failed",
  error: `the answer to the query is longer than ${MAX_ANSWER_BYTES} bytes: ask for fewer events`,
};

/** The answers of several threads, in each form, as one; one that is no answer is that of all. */
export function joinAnswers(answers: readonly (readonly Answer[])[], forms: readonly Form[]): readonly Answer[] {
  return forms.map((form, at) => {
    const parts: Uint8Array[] = [];
    for (const { [at]: answer } of answers) {
      if (answer === undefined) continue;
      if (answer.kind !== "found") return answer;
      parts.push(form === "frame" ? answer.bytes.subarray(HEADER) : answer.bytes);
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > MAX_ANSWER_BYTES) return TOO_LONG;
    const head = form === "frame" ? [frameHeader(length)] : [];
    return { kind: "found", bytes: new Uint8Array(Buffer.concat([...head, ...parts])) };
  });
}

function frameHeader(length: number): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt32BE(length);
  return head;
}
