import type { Attributes, Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption } from "../core/option.ts";
import { type Context, type DropReason, type Handler, type Outlet, type Stage, stage } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";

/** How often events may go round. */
export interface ReinjectOptions {
  /** How often one event may be reinjected, by all pipelines together. @default 8 */
  readonly hops?: number;
}

/** The attribute in which an event says which pipelines have reinjected it. */
const TRAIL = "fast-ts trail";
const ARROW = " → ";
/** Maximum sets of attributes that are remembered with their trail. */
const MAX_MARKED_SETS = 1000;

/**
 * Sends each event to all pipelines once more, as if a client had sent it. Riemann's `reinject`.
 *
 * Emits nothing: it is the end of its list. The names of the pipelines that reinjected an event travel with it, in its
 * attribute `fast-ts trail`; when it has been reinjected `hops` times already it is dropped (`refused`), and the log
 * names the way round, once. What takes the attribute away, such as `keep` or an `event` of your own, has the count
 * start over. The events of each host and service stay in order. Holds nothing, and never waits: while senders are
 * held up, up to 10,000 events of a worker's pipelines wait to be taken in; further ones are dropped (`overflow`). A
 * stop or a reload waits for them; events reinjected after the daemon began to stop are dropped (`refused`). Events
 * without a metric and expired ones go in like any other.
 *
 * For events that only some pipelines need, `publish` is cheaper and cannot loop.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when `hops` is not a whole number >= 1.
 * @category Between pipelines
 * @example
 * pipeline("events per second, as an event", [
 *   filter((e) => e.service !== "events/sec"),
 *   set({ service: "events/sec", host: null, metric: 1 }),
 *   rate(5),
 *   reinject(),
 * ]);
 */
export function reinject(options: ReinjectOptions = {}): Stage<Event, never> {
  checkKeys("reinject", options, ["hops"]);
  const { hops = 8 } = options;
  checkOption("reinject", "hops", hops, atLeastOne);
  // All copies in this thread report trouble once.
  const episodes = { rounds: new Episode(), overflow: new Episode() };
  return stage<Event, never>("reinject", (context) => new Reinject(context, hops, episodes), {
    edge: { kind: "reinject", name: "reinject" },
    memory: 0,
    changes: [],
    keyedBy: ["host", "service"],
  });
}

interface Episodes {
  readonly rounds: Episode;
  readonly overflow: Episode;
}

class Reinject implements Handler {
  readonly #context: Context<never>;
  readonly #send: Outlet;
  // The context makes a new one each time it is asked.
  readonly #pending: Context["pending"];
  readonly #delivered: Context["delivered"];
  /** Attributes as they come in, which events share, with the same and the trail. */
  readonly #marked = new Map<Attributes, Attributes>();
  readonly #hops: number;
  readonly #episodes: Episodes;
  /** What is not in yet; events of one turn have one promise. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(context: Context<never>, hops: number, episodes: Episodes) {
    this.#context = context;
    this.#send = context.send;
    this.#pending = context.pending;
    this.#delivered = context.delivered;
    this.#hops = hops;
    this.#episodes = episodes;
  }

  onEvent(event: Event): void {
    const { attributes } = event;
    const before = attributes[TRAIL];
    this.#pending(1);
    if (before !== undefined && before.split(ARROW).length >= this.#hops) {
      this.#context.dropped(1, "refused");
      this.#episodes.rounds.trouble(this.#context, 1, "events go round: those reinjected too often are dropped", {
        trail: this.#trail(before),
      });
      return;
    }
    const fate = this.#send(event.with({ attributes: this.#withTrail(attributes, before) }));
    if (fate === null) this.#settle(null);
    else this.#awaits(fate);
  }

  #awaits(fate: Promise<DropReason | null>): void {
    this.#underWay.add(fate);
    void fate.then((reason) => {
      this.#underWay.delete(fate);
      this.#settle(reason);
    });
  }

  #withTrail(attributes: Attributes, before: string | undefined): Attributes {
    const known = this.#marked.get(attributes);
    if (known !== undefined) return known;
    const marked = Object.freeze({ ...attributes, [TRAIL]: this.#trail(before) });
    if (this.#marked.size >= MAX_MARKED_SETS) this.#marked.clear();
    this.#marked.set(attributes, marked);
    return marked;
  }

  #trail(before: string | undefined): string {
    const { pipeline } = this.#context;
    return before === undefined ? pipeline : `${before}${ARROW}${pipeline}`;
  }

  flush(): Promise<unknown> {
    return Promise.all(this.#underWay);
  }

  #settle(reason: DropReason | null): void {
    const { rounds, overflow } = this.#episodes;
    if (reason === null) {
      this.#delivered(1);
      rounds.success(this.#context);
      overflow.success(this.#context);
      return;
    }
    this.#context.dropped(1, reason);
    if (reason === "overflow")
      overflow.trouble(this.#context, 1, "too many events wait to be reinjected: the newest are dropped");
  }
}
