const WIDTH = 100;
/** What stands in angle brackets, with at most one pair more inside. */
const IN_BRACKETS = "<(?:[^<>]|<[^<>]*>)*>";

/** What the compiler is told so that it can check lists of stages, and what a reader is told in its place. */
const CHECKS: readonly (readonly [found: RegExp, told: string])[] = [
  [/\w+ & Chain</g, "Stages<"],
  [/\w+ & \{ readonly \[K in [^}]*\}/g, "Stages[]"],
  [/\bSdo<Branches>/, "Stage<Taken, Emitted>"],
  [/\{ readonly /g, "{ "],
  [/CasesOf<([^,]*), Lists>(?: & readonly Case<Given>\[\])?/g, "[$1, Stages][]"],
  [new RegExp(`\\b(Stages|Emitted|Taken|Projection|Selected|\\w+Options)${IN_BRACKETS}`, "g"), "$1"],
  [/\bNoInfer<(\w+)>/g, "$1"],
  [/\bEmitted \| Emitted\b/g, "Emitted"],
];

/** What has a default may be left out. */
const DEFAULTS: readonly (readonly [found: RegExp, told: string])[] = [
  [/(\w+): ([^,()]*) = (?:\[[^\]]*\]|[^,)]+)(?=[,)])/g, "$1?: $2"],
  [/(\w+) = -?\d+(?=[,)])/g, "$1?: number"],
];

const BOUND = /(\w+) extends ((?:readonly )?(?:\w+|\[[^\]]*\]+))(?=,|>| =)/g;

/** A declaration as it is read best: `by(key: Key, stages: Stages, options?: ByOptions): Stage<Event, Emitted>`. */
export function signatureOf(title: string, code: string): string {
  const flat = code
    .replace(/\s+/g, " ")
    .replace(/([(<]) /g, "$1")
    .replace(/,? ([)>])/g, "$1");
  const [, types = "", rest = ""] = new RegExp(`^\\w+(${IN_BRACKETS})?(.*)`).exec(flat) ?? [];
  let plain = replaceAll(rest, CHECKS);
  for (const [, name = "", bound = ""] of types.matchAll(BOUND))
    plain = plain.replace(new RegExp(`\\b${name}\\b`, "g"), bound);
  return wrapped(title + replaceAll(plain, DEFAULTS).replace(/\bAnyStages\b/g, "Stages"));
}

function replaceAll(text: string, rules: readonly (readonly [RegExp, string])[]): string {
  return rules.reduce((plain, [found, told]) => plain.replace(found, told), text);
}

/** A parameter a line when it is too long for one. */
function wrapped(signature: string): string {
  if (signature.length <= WIDTH) return signature;
  let open = "";
  let lines = "";
  for (const [at, char] of [...signature].entries()) {
    const isArrow = char === ">" && signature[at - 1] === "=";
    if (")]}>".includes(char) && !isArrow) open = open.slice(0, -1);
    lines += char === ")" && open === "" ? "\n)" : char;
    if ("([{<".includes(char)) open += char;
    if (open === "(" && (char === "(" || char === ",")) lines += "\n ";
  }
  return lines.replace("(\n ", "(\n  ");
}
