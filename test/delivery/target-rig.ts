import { event } from "../../src/core/event.ts";
import type { EventOrList } from "../../src/core/event-list.ts";
import type { DropReason } from "../../src/core/stage.ts";
import type { Giver, TargetScope, TargetSettings } from "../../src/core/target-port.ts";
import type { SpillFiles } from "../../src/delivery/open-store.ts";
import { Target } from "../../src/delivery/target.ts";
import { StepClock } from "../core/step-clock.ts";

export const SETTINGS: TargetSettings = {
  maxEvents: 1_000,
  maxBytes: 1_000_000,
  batch: { events: 10, bytes: 100_000, seconds: 0 },
  concurrency: 1,
  isOrdered: true,
  timeout: 30,
  retryFor: 3_600,
  onFull: "drop-oldest",
  rate: null,
  spill: null,
};

/** What an item is made of does not matter to its target. */
export const VALUE = event({ service: "any", time: 1 });

/** The books of one sink. */
export class Books implements Giver<number> {
  isEnded = false;
  held = 0;
  readonly delivered: (count: number) => void;
  count = 0;
  readonly drops: { readonly items: readonly number[]; readonly reason: DropReason; readonly answer: string }[] = [];

  constructor() {
    this.delivered = (count) => {
      this.held -= count;
      this.count += count;
    };
  }

  readonly passed: EventOrList[] = [];

  pass(value: EventOrList): void {
    this.passed.push(value);
  }

  taken(count: number): void {
    this.held += count;
  }

  dropped(items: readonly number[], reason: DropReason, answer: string): void {
    this.held -= items.length;
    this.drops.push({ items, reason, answer });
  }

  lost(count: number): void {
    this.held -= count;
  }

  get gone(): number[] {
    return this.drops.flatMap(({ items }) => items);
  }
}

/** A target in virtual time, whose back end answers as it is told. */
export class Rig {
  readonly clock = new StepClock(1_000);
  readonly writes: (readonly number[])[] = [];
  readonly times: number[] = [];
  readonly log: { readonly message: string; readonly fields: Record<string, unknown> }[] = [];
  readonly outages: string[] = [];
  /** What was said of each. */
  readonly told: string[] = [];
  readonly lostAlerts: string[] = [];
  readonly books = new Books();
  /** What becomes of each write. */
  answer: (items: readonly number[]) => Promise<void> = async () => {};
  readonly target: Target<number>;

  /** @param offset - What its wall clock is ahead at first. */
  constructor(settings: Partial<TargetSettings> = {}, random = (): number => 0.5, files?: SpillFiles, offset = 0) {
    this.clock.offset = offset;
    const line = (message: string, fields: Record<string, unknown> = {}): void =>
      void this.log.push({ message, fields });
    const write = (items: readonly number[]): Promise<void> => {
      this.writes.push(items);
      this.times.push(this.clock.elapsed());
      return this.answer(items);
    };
    const scope: TargetScope = {
      clock: this.clock,
      log: { info: line, warn: line, error: line },
      random,
      dataDir: null,
      tell: ({ service, state, description }) => {
        if (service === "fast-ts delivery") this.told.push(description);
        if (service === "fast-ts delivery") this.outages.push(state);
        else this.lostAlerts.push(`${state} ${description}`);
      },
    };
    const identity = { id: "t", label: "t", settings: { ...SETTINGS, ...settings } };
    this.target = new Target<number>(identity, { write }, scope, () => false, files);
  }

  async give(...items: number[]): Promise<void> {
    for (const item of items) void this.target.offer(this.books, item, 1, 100, VALUE);
    await settled();
  }

  async wait(seconds: number): Promise<void> {
    const end = this.clock.elapsed() + seconds;
    while (this.clock.runNext(end)) await settled();
  }

  get isBalanced(): boolean {
    const { taken, recovered, delivered, pending, spilled, dropped } = this.target.report;
    return taken + recovered === delivered + pending + spilled + Object.values(dropped).reduce((sum, n) => sum + n, 0);
  }

  messages(message: string): number {
    return this.log.filter((line) => line.message === message).length;
  }
}

export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
