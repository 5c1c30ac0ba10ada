import { usesIndex } from "../core/pipeline-edges.ts";
import type { Supervisor } from "../engine/supervisor.ts";

/** The pipelines that go on together with one: by way of channels and the index, itself included. */
export function joinedTo(supervisor: Supervisor, all: readonly Supervisor[]): readonly Supervisor[] {
  const joined = new Set([supervisor]);
  for (const one of joined) for (const other of all) if (!joined.has(other) && areJoined(one, other)) joined.add(other);
  return [...joined];
}

/** Those that a pipeline has its events from: by way of its channel, and of theirs. */
export function feedersOf(supervisor: Supervisor, all: readonly Supervisor[]): readonly Supervisor[] {
  const found = new Set([supervisor]);
  for (const one of found) for (const other of all) if (isFed(other, one)) found.add(other);
  found.delete(supervisor);
  return [...found];
}

/** Has those that these have their events from deal with what they have taken: what they publish is in the inboxes then. */
export function catchUpFeeders(supervisors: readonly Supervisor[], all: readonly Supervisor[]): void {
  const feeders = [...new Set(supervisors.flatMap((one) => feedersOf(one, all)))];
  // In each round at least one more has nothing left that another may feed.
  for (const _ of feeders) {
    const behind = feeders.filter(({ isBehind }) => isBehind);
    if (behind.length === 0) return;
    for (const feeder of behind) feeder.catchUp();
  }
}

/** Of those that run, the ones that pipelines which a swap has replaced have events from, by channels that have ended. */
export function publishersLeft(replaced: readonly Supervisor[], running: readonly Supervisor[]): readonly Supervisor[] {
  const ended = replaced.filter((one) => running.every(({ channel }) => channel !== one.channel));
  return [...new Set(ended.flatMap((one) => feedersOf(one, running)))];
}

function isFed(by: Supervisor, { channel }: Supervisor): boolean {
  return channel !== null && by.publishesTo(channel);
}

function areJoined(one: Supervisor, other: Supervisor): boolean {
  return isFed(one, other) || isFed(other, one) || (hasIndex(one) && hasIndex(other));
}

export function hasIndex({ edges }: Supervisor): boolean {
  return usesIndex(edges);
}
