import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./pages.ts";
import { readSources } from "./sources.ts";

const SOURCES = readSources();

/** The words of the page, without those in code: "layout, position" are two. */
const WORDS = [...page("docs/glossary.md").matchAll(/^\| (?!word \|)([a-z][a-z ,]*) \|/gm)].flatMap(([, words = ""]) =>
  words.split(", "),
);
const KNOWN = new Set(WORDS);

/** Nouns that mean here what they mean everywhere. */
const PLAIN = new Set(
  `answer batch binding bucket capacity certificate change client clock cluster compiler context count detail disk failure file filter form handle head histogram holder init intensity letter limit limiter listener lock log mail material memory metric metrics mutex options owner paths peer pool port protocol queries range read readable reader readiness reason receiver recorder registry reinjector request result sample scheduler search searches senders server set settings shared slice source sources state
  subscribers thread transport unread verdict view waiting work writer backpressure tapped times`.split(/\s+/),
);

/** Words of before: one idea has one word, and these had others beside them, or said nothing. */
const GONE =
  /^(berths?|aftermath|surroundings?|rota|homes?|fleet|birth|dut(y|ies)|mourn|lives|talks?|gates?|inquir(y|ies))$/i;

test("each type of the engine, the doors and the threads is named by a word of the glossary, or a plain one", () => {
  const types = SOURCES.filter(({ path }) => /^(engine|ingest|doors|host|runtime|delivery|capture|http)\//.test(path));
  const unknown = types.flatMap(({ path, code }) =>
    [...code.matchAll(/^export (?:abstract )?(?:class|interface|type) (\w+)/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => !isKnown(nounOf(name)))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(unknown, [], "add the word to docs/glossary.md, or use the one that is there");
});

test("no name is made of a word that has gone", () => {
  const found = SOURCES.flatMap(({ path, code }) =>
    [...new Set([path, ...(code.match(/[A-Za-z]\w*/g) ?? [])])]
      .filter((name) => partsOf(name).some((part) => GONE.test(part)))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(found, []);
});

test("a limit is named MAX_ or MIN_, with its unit last: MAX_UNREAD_BYTES", () => {
  const found = SOURCES.flatMap(({ path, code }) =>
    [...code.matchAll(/\bconst ([A-Z][A-Z0-9_]*) =/g)]
      .map(([, name = ""]) => name)
      .filter((name) => /^(MOST|LONGEST|DEEPEST|LARGEST|LEAST|SHORTEST|CAPACITY)/.test(name) || !hasUnit(name))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(found, []);
});

test("every word of the glossary has its line once", () => {
  assert.ok(KNOWN.size > 40);
  assert.deepEqual(WORDS, [...KNOWN]);
});

/** Units are plural: bytes, seconds, events, levels. */
function hasUnit(name: string): boolean {
  return !/^(MAX|MIN)_/.test(name) || /S$/.test(name);
}

/** `WorkerSupervisor` → supervisor. */
function nounOf(name: string): string {
  return (partsOf(name).at(-1) ?? name).toLowerCase();
}

function isKnown(noun: string): boolean {
  const forms = [noun, noun.replace(/(?<=s|x|ch)es$/, ""), noun.replace(/s$/, "")];
  return forms.some((form) => KNOWN.has(form) || PLAIN.has(form));
}

function partsOf(name: string): string[] {
  return name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
}
