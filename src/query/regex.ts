import { SEARCHED } from "./like.ts";
import type { PatternProblem } from "./problem.ts";
import { type Room, type State, statesOf } from "./regex-states.ts";

/** What there is before the first character of a text, and behind the last. */
const NONE = -1;

/**
 * Whether `pattern` is found anywhere in a text, of which the first {@link SEARCHED} characters are searched.
 *
 * All ways through the pattern are followed side by side, character by character (K. Thompson, CACM 11/6, 1968): a search
 * takes at most as many steps as the text has characters times the pattern has states. JavaScript's own regular
 * expressions try one way after the other, and through `(a+)+$` there are more than anyone can wait for.
 */
export function compileRegex(pattern: string, room: Room, problem: PatternProblem): (text: string) => boolean {
  const { states, first } = statesOf(pattern, room, problem);
  // The round in which each state was reached last; there is one for each place in a text.
  const reached = new Float64Array(states.length);
  let round = 0;

  return (text) => {
    const end = Math.min(text.length, SEARCHED);
    let before = NONE;
    let waiting: number[] = [];
    for (let at = 0; at <= end; at += before > 0xffff ? 2 : 1) {
      const after = text.codePointAt(at) ?? NONE;
      const todo = waiting;
      todo.push(first);
      waiting = [];
      round++;
      for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
        const state = states[id];
        if (state === undefined || reached[id] === round) continue;
        reached[id] = round;
        if (state.kind === "match") return true;
        if (state.kind === "fork") for (const next of state.next) todo.push(next);
        else if (state.kind === "one") {
          if (after !== NONE && state.test(after)) waiting.push(state.next);
        } else if (holds(state, before, after)) todo.push(state.next);
      }
      before = after;
    }
    return false;
  };
}

/** An edge between two characters, or at an end of the text. */
function holds({ edge, isWord }: State & { readonly kind: "edge" }, before: number, after: number): boolean {
  if (edge === "^") return before === NONE;
  if (edge === "$") return after === NONE;
  const isBorder = (before !== NONE && isWord(before)) !== (after !== NONE && isWord(after));
  return isBorder === (edge === "\\b");
}
