import { MAX_SEARCHED_CHARACTERS } from "./like.ts";
import type { PatternProblem } from "./problem.ts";
import { type NfaState, type PieceBudget, type States, statesOf } from "./regex-states.ts";
import type { Anchor } from "./regex-syntax.ts";

/**
 * Whether `pattern` is found anywhere in a text, of which the first {@link MAX_SEARCHED_CHARACTERS} characters are searched.
 *
 * All ways through the pattern are followed side by side, character by character (K. Thompson, CACM 11/6, 1968): a search
 * takes at most as many steps as the text has characters times the pattern has states. JavaScript's own regular
 * expressions try one way after the other, and through `(a+)+$` there are more than anyone can wait for.
 */
export function compileRegex(pattern: string, budget: PieceBudget, problem: PatternProblem): (text: string) => boolean {
  const search = new Search(statesOf(pattern, budget, problem));
  return (text) => search.finds(text);
}

/** A state of the deterministic automaton, built as it is needed: what a search knows about the characters so far. */
interface DfaState {
  /** The states of the pattern that it is in, besides the first: a match may begin anywhere. */
  readonly states: readonly number[];
  readonly before: "begin" | "word" | "other";
  /** The states that characters lead to, as far as they have come up. */
  readonly next: Map<number, DfaState>;
}

const FOUND: DfaState = { states: [], before: "other", next: new Map() };

/** What follows the last character of a text. */
const END = -1;

/** How much a search remembers for each state of its pattern. */
const REMEMBERED_PER_STATE = 32;

/** Remembers the states it has come to, so that most characters cost one look; within bounds, it forgets them all. */
class Search {
  readonly #states: readonly NfaState[];
  readonly #first: number;
  readonly #begin: DfaState = { states: [], before: "begin", next: new Map() };
  readonly #known = new Map<string, DfaState>();
  #remembered = 0;

  constructor({ states, first }: States) {
    this.#states = states;
    this.#first = first;
  }

  finds(text: string): boolean {
    const end = Math.min(text.length, MAX_SEARCHED_CHARACTERS);
    let state = this.#begin;
    for (let at = 0; at <= end; ) {
      const char = text.codePointAt(at) ?? END;
      state = state.next.get(char) ?? this.#step(state, char);
      if (state === FOUND) return true;
      at += char > 0xffff ? 2 : 1;
    }
    return false;
  }

  #step(from: DfaState, char: number): DfaState {
    const states = this.#follow(from, char);
    if (++this.#remembered > REMEMBERED_PER_STATE * this.#states.length) this.#forget();
    const next = states === null ? FOUND : this.#stateOf(states, isWord(char) ? "word" : "other");
    from.next.set(char, next);
    return next;
  }

  /** The states that a character leads to, or `null` when there is a match before it. */
  #follow({ states, before }: DfaState, char: number): readonly number[] | null {
    const reached = new Uint8Array(this.#states.length);
    const isNext = new Uint8Array(this.#states.length);
    const todo = [this.#first, ...states];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const state = this.#states[id];
      if (state === undefined || reached[id] === 1) continue;
      reached[id] = 1;
      if (state.kind === "match") return null;
      if (state.kind === "fork") todo.push(...state.next);
      else if (state.kind === "anchor") {
        if (holds(state.anchor, before, char)) todo.push(state.next);
      } else if (char !== END && state.test(char)) isNext[state.next] = 1;
    }
    const next: number[] = [];
    for (let id = 0; id < isNext.length; id++) if (isNext[id] === 1) next.push(id);
    return next;
  }

  #stateOf(states: readonly number[], before: DfaState["before"]): DfaState {
    const key = before + String.fromCharCode(...states);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const state: DfaState = { states, before, next: new Map() };
    this.#known.set(key, state);
    this.#remembered += states.length;
    return state;
  }

  #forget(): void {
    this.#begin.next.clear();
    this.#known.clear();
    this.#remembered = 0;
  }
}

/** Whether an anchor matches between two characters, or at an end of the text. */
function holds(anchor: Anchor, before: DfaState["before"], char: number): boolean {
  if (anchor === "^") return before === "begin";
  if (anchor === "$") return char === END;
  return (anchor === "\\b") === ((before === "word") !== isWord(char));
}

function isWord(char: number): boolean {
  return char !== END && /\w/.test(String.fromCodePoint(char));
}
