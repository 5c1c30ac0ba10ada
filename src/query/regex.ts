import { MAX_SEARCHED_CHARACTERS } from "./like.ts";
import type { PatternProblem } from "./problem.ts";
import { type Capacity, type State, type States, statesOf } from "./regex-states.ts";
import type { Edge } from "./regex-syntax.ts";

/**
 * Whether `pattern` is found anywhere in a text, of which the first {@link MAX_SEARCHED_CHARACTERS} characters are searched.
 *
 * All ways through the pattern are followed side by side, character by character (K. Thompson, CACM 11/6, 1968): a search
 * takes at most as many steps as the text has characters times the pattern has states. JavaScript's own regular
 * expressions try one way after the other, and through `(a+)+$` there are more than anyone can wait for.
 */
export function compileRegex(pattern: string, room: Capacity, problem: PatternProblem): (text: string) => boolean {
  const search = new Search(statesOf(pattern, room, problem));
  return (text) => search.finds(text);
}

/** The state of a search: what it knows about the characters so far. */
interface Place {
  /** The states it is in, besides the first: a match may begin anywhere. */
  readonly states: readonly number[];
  readonly before: "begin" | "word" | "other";
  /** The places that characters lead to, as far as they have come up. */
  readonly next: Map<number, Place>;
}

const FOUND: Place = { states: [], before: "other", next: new Map() };

/** What follows the last character of a text. */
const END = -1;

/** How much a search remembers for each of its states. */
const REMEMBERED_PER_STATE = 32;

/** Remembers the places it has come to, so that most characters cost one look; within bounds, it forgets them all. */
class Search {
  readonly #states: readonly State[];
  readonly #first: number;
  readonly #begin: Place = { states: [], before: "begin", next: new Map() };
  readonly #places = new Map<string, Place>();
  #remembered = 0;

  constructor({ states, first }: States) {
    this.#states = states;
    this.#first = first;
  }

  finds(text: string): boolean {
    const end = Math.min(text.length, MAX_SEARCHED_CHARACTERS);
    let place = this.#begin;
    for (let at = 0; at <= end; ) {
      const char = text.codePointAt(at) ?? END;
      place = place.next.get(char) ?? this.#step(place, char);
      if (place === FOUND) return true;
      at += char > 0xffff ? 2 : 1;
    }
    return false;
  }

  #step(place: Place, char: number): Place {
    const states = this.#follow(place, char);
    if (++this.#remembered > REMEMBERED_PER_STATE * this.#states.length) this.#forget();
    const next = states === null ? FOUND : this.#placeOf(states, isWord(char) ? "word" : "other");
    place.next.set(char, next);
    return next;
  }

  /** The states that a character leads to, or `null` when there is a match before it. */
  #follow({ states, before }: Place, char: number): readonly number[] | null {
    const reached = new Uint8Array(this.#states.length);
    const isNext = new Uint8Array(this.#states.length);
    const todo = [this.#first, ...states];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const state = this.#states[id];
      if (state === undefined || reached[id] === 1) continue;
      reached[id] = 1;
      if (state.kind === "match") return null;
      if (state.kind === "fork") todo.push(...state.next);
      else if (state.kind === "edge") {
        if (holds(state.edge, before, char)) todo.push(state.next);
      } else if (char !== END && state.test(char)) isNext[state.next] = 1;
    }
    const next: number[] = [];
    for (let id = 0; id < isNext.length; id++) if (isNext[id] === 1) next.push(id);
    return next;
  }

  #placeOf(states: readonly number[], before: Place["before"]): Place {
    const key = before + String.fromCharCode(...states);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place: Place = { states, before, next: new Map() };
    this.#places.set(key, place);
    this.#remembered += states.length;
    return place;
  }

  #forget(): void {
    this.#begin.next.clear();
    this.#places.clear();
    this.#remembered = 0;
  }
}

/** An edge between two characters, or at an end of the text. */
function holds(edge: Edge, before: Place["before"], char: number): boolean {
  if (edge === "^") return before === "begin";
  if (edge === "$") return char === END;
  return (edge === "\\b") === ((before === "word") !== isWord(char));
}

function isWord(char: number): boolean {
  return char !== END && /\w/.test(String.fromCodePoint(char));
}
