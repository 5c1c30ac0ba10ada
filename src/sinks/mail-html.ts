import { type Message, moreLine, type Note } from "../delivery/message.ts";
import { type Color, colorOf } from "./alert-text.ts";
import { MAX_BODY_CHARACTERS } from "./mail.ts";

/** Readable on white and on black; the state is there in words as well. */
const COLORS: Readonly<Record<Color, string>> = { good: "#2e7d32", warn: "#b26a00", bad: "#c62828", plain: "#5f6368" };

/** The HTML part of a mail: its events as far as they fit, each with its state as a coloured bar. */
export function mailHtml({ notes, events }: Message): string {
  let html = "";
  let told = 0;
  for (const note of notes) {
    const block = noteHtml(note);
    if (told > 0 && html.length + block.length > MAX_BODY_CHARACTERS) break;
    html += block;
    told++;
  }
  return events > told ? `${html}<p>${moreLine(events - told)}</p>\n` : html;
}

function noteHtml({ title, text, state, link }: Note): string {
  const color = COLORS[colorOf(state)];
  const heading = link === null ? escaped(title) : `<a href="${escaped(link)}">${escaped(title)}</a>`;
  const words = escaped(text.slice(0, MAX_BODY_CHARACTERS).trimEnd());
  return (
    `<div style="border-left:4px solid ${color};padding-left:12px;margin:0 0 16px">\n<p><strong>${heading}</strong></p>\n` +
    `<pre style="white-space:pre-wrap;font-family:inherit;margin:0">${words}</pre>\n</div>\n`
  );
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
