/** One `@example`: its code, and in which line of the file that begins. */
export interface Example {
  readonly line: number;
  readonly code: string;
}

/** A documentation comment. Texts are unwrapped: a paragraph is one line. */
export interface Comment {
  /** What stands before the first tag, by paragraphs; the first is the summary. */
  readonly paragraphs: readonly string[];
  readonly params: ReadonlyMap<string, string>;
  readonly throws: readonly string[];
  readonly examples: readonly Example[];
  /** The text of `@category` and `@default`. */
  readonly category: string | null;
  readonly fallback: string | null;
}

/** A documentation comment, and what it stands above. */
export interface Documented extends Comment {
  readonly line: number;
  /** The name of what follows when that is exported; else `null`. */
  readonly name: string | null;
  /** The declaration from its name on, without a function's body; of several overloads each. */
  readonly code: readonly string[];
}

const COMMENT = /^ *\/\*\*(?<text>[\s\S]*?)\*\/\n/gm;
const EXPORTED = /^export (?:async )?(?:function|class|const|interface|type) (?<name>\w+)/;

const READ = new Map<string, readonly Documented[]>();

/** Every documentation comment of a file of TypeScript, formatted as ours are. Read once in a process. */
export function readDocs(source: string): readonly Documented[] {
  const docs = READ.get(source) ?? read(source);
  READ.set(source, docs);
  return docs;
}

function read(source: string): readonly Documented[] {
  return [...source.matchAll(COMMENT)].map(({ 0: comment, index, groups }) => {
    const after = index + comment.length;
    const line = source.slice(0, index).split("\n").length;
    const name = EXPORTED.exec(source.slice(after))?.groups?.name ?? null;
    return { line, name, code: declarations(source, after, name), ...parse(groups?.text ?? "", line) };
  });
}

const FIELD = /^ {2}readonly (\w+)\??: /;

/** The documented fields of an interface, from its code. */
export function readFields(code: string): ReadonlyMap<string, Comment> {
  const fields = [...code.matchAll(COMMENT)].flatMap(({ 0: comment, index, groups }) => {
    const name = FIELD.exec(code.slice(index + comment.length))?.[1];
    return name === undefined ? [] : [[name, parse(groups?.text ?? "", 0)] as const];
  });
  return new Map(fields);
}

const TYPE = /^(?:export )?(interface|type) (\w+)/gm;

/** The code of every interface and type of a file, from its name on. */
export function readTypes(source: string): ReadonlyMap<string, string> {
  const types = [...source.matchAll(TYPE)].map(({ 0: head, 1: kind = "", 2: name = "", index }) => {
    const code = statement(source, index + head.length - name.length, kind);
    return [name, code] as const;
  });
  return new Map(types);
}

/** @param text - What stands between the stars. @param line - In which line it begins. */
function parse(text: string, line: number): Comment {
  const lines = text.split("\n").map((one) => one.replace(/^ *\* ?/, ""));
  const starts = lines.flatMap((one, at) => (one.startsWith("@") ? [at] : []));
  const tags = starts.map((start, k) => {
    const [, tag = "", first = ""] = /^@(\w+) ?(.*)/.exec(lines[start] ?? "") ?? [];
    return { tag, at: start, lines: [first, ...lines.slice(start + 1, starts[k + 1])] };
  });
  const textsOf = (tag: string): string[] => tags.filter((one) => one.tag === tag).map((one) => unwrap(one.lines));
  // A default may stand at the end of a line of text.
  const [before = "", inline = null] = unwrap(lines.slice(0, starts[0])).split(/\s*@default /);
  return {
    paragraphs: before.split("\n"),
    params: new Map(textsOf("param").map((one) => splitOnce(one, " - "))),
    throws: textsOf("throws"),
    examples: tags
      .filter(({ tag }) => tag === "example")
      .map((one) => ({ line: line + one.at + 1, code: `${one.lines.slice(1).join("\n").trimEnd()}\n` })),
    category: textsOf("category")[0] ?? null,
    fallback: textsOf("default")[0] ?? inline,
  };
}

/** Paragraphs as a line each. */
function unwrap(lines: readonly string[]): string {
  const text = lines.map((line) => line.trim()).join("\n");
  return text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("\n");
}

function splitOnce(text: string, by: string): readonly [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + by.length)];
}

/** The code of what stands there; overloads come one after the other, and below them how it is done, which is not told. */
function declarations(source: string, at: number, name: string | null): readonly string[] {
  const begin = new RegExp(`^export (?:async )?(function|const|interface|type) (?=${name}\\b)`);
  const found: string[] = [];
  for (let from = at; ; ) {
    const [head, kind = ""] = begin.exec(source.slice(from)) ?? [];
    if (head === undefined) return found;
    const code = statement(source, from + head.length, kind);
    if (kind !== "function" || found.length === 0 || code.endsWith(";")) found.push(code.replace(/(;| \{)$/, ""));
    if (!code.endsWith(";")) return found;
    from += head.length + code.length + 1;
  }
}

/** The text from `at` to its end outside all brackets: a semicolon, the brace of a function's body or an interface's. */
function statement(source: string, at: number, kind: string): string {
  let depth = 0;
  for (let to = at; to < source.length; to++) {
    const char = source[to] ?? "";
    if (depth === 0 && char === ";") return source.slice(at, to + 1);
    if (depth === 0 && kind === "function" && source.startsWith("{\n", to)) return source.slice(at, to + 1);
    if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    if (depth === 0 && kind === "interface" && char === "}") return source.slice(at, to + 1);
  }
  return source.slice(at);
}
