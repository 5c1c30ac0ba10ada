import { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { type Context, type Edge, type PeerAddress, type Stages, type Through, through } from "../core/stage.ts";
import type { ProcessTargetSpec, TargetSpec, WorkerTargetSpec } from "../core/target-port.ts";
import { weighValue } from "../core/weigh.ts";
import { Books, NOBODY } from "./books.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DeliveryFailure, orFailure } from "./failure.ts";
import { Letter, weighRendered } from "./rendered.ts";
import { withoutSecrets } from "./secret.ts";
import { NOTHING_TO_SEND } from "./trouble.ts";

/** What a sink is beside its target. */
export interface DeliverySinkOptions {
  readonly deadLetters?: Stages | undefined;
  /** Whether the target has a use for the event; one that it has none for counts as refused. @default all */
  readonly accepts?: (event: Event) => boolean;
  /** Why it has none. @default that it has no use for it */
  readonly unwanted?: string;
  /** The routers that it sends to. @default none */
  readonly to?: readonly PeerAddress[];
  /** A queue that it shares with other pipelines: they run in one worker. @default none, or each worker may have a part */
  readonly queue?: string | undefined;
  /** Its writer is in the worker of its pipeline. @default false */
  readonly isOwn?: boolean;
  /** Its target is in the process, and is to get again what a replay of the journal gives out. @default false */
  readonly isVolatile?: boolean;
  /** What its target keeps apart what it is told by, as `keyedBy` of a stage: of one key all is told in order. @default nothing */
  readonly keyedBy?: readonly string[];
  /** What `fast-ts check` warns of. @default nothing */
  readonly warnings?: readonly string[];
}

type Place = Pick<Context, "pipeline" | "place">;

/**
 * The stage that gives what it takes to a target, events and lists, and passes it on at once, or when the target has
 * room where the pipeline is to wait for that.
 */
export function deliverySink<Item>(
  name: string,
  described: TargetSpec<Item> | ((place: Place) => TargetSpec<Item>),
  options: DeliverySinkOptions,
): Through<EventOrList> {
  const {
    deadLetters,
    accepts = () => true,
    unwanted = `${name} has no use for it`,
    to,
    queue,
    isOwn = false,
    isVolatile = false,
    keyedBy,
    warnings = [],
  } = options;
  const specAt = (place: Place): TargetSpec<Item> => (typeof described === "function" ? described(place) : described);
  const spec = specAt({ pipeline: "", place: "" });
  const { id, label, shape, settings } = spec;
  const isDivided = "open" in spec && !isOwn;
  const { maxWriters = Infinity } = settings;
  const made: Through<EventOrList> = through<EventOrList>(
    name,
    (context) => {
      const spec = specAt(context);
      const dead = deadLetters === undefined ? null : new DeadLetters(context.branch("deadLetters"), spec.label);
      const books = new Books(context, dead);
      const target = context.targets.use(spec, books);
      const { pipeline } = context;
      const isMuted = isVolatile ? undefined : context.targets.isMuted;
      return {
        onEvent(value) {
          if (isMuted?.(pipeline) === true) return books.passOver(value);
          const wanted = wantedOf(value, accepts);
          const events = wanted instanceof Event ? 1 : wanted.length;
          if (events === 0) {
            books.taken(1);
            const isEmpty = !(value instanceof Event) && value.length === 0;
            if (isEmpty) books.delivered(1);
            else books.dropped([value], "refused", unwanted);
            return books.pass(value);
          }
          if (!("render" in spec)) return target.offer(wanted, events, weighValue(wanted), value);
          const rendered = orFailure(() => spec.render(wanted));
          if (rendered instanceof DeliveryFailure) return target.refuse(value, rendered.message);
          const item = dead === null ? rendered : new Letter(rendered, wanted);
          return target.offer(item, events, weighRendered(item), value);
        },
        stop() {
          books.isEnded = true;
          target.release();
        },
      };
    },
    {
      takes: "either",
      edge: {
        kind: "sink",
        name,
        ...(to !== undefined && { to }),
        ...(queue !== undefined && { queue }),
        ...(isOwn && { isOwn }),
        isFetched: isVolatile,
        ...(shape !== undefined && { target: { id, label, shape, settings } }),
        ...(isDivided && maxWriters < Infinity && { maxWriters }),
        ...renderedOf(described, accepts),
        ...(settings.spill !== null && { open: (targets, at) => targets.use(specAt(at), NOBODY).release }),
        needsData: settings.spill?.dir === null,
        ...(deadLetters === undefined && {
          withDeadLetters: (stages) => ({
            ...deliverySink(name, described, { ...options, deadLetters: stages }),
            site: made.site,
          }),
        }),
      },
      memory: 0,
      changes: [],
      keyedBy,
      warnings,
      ...(deadLetters !== undefined && { branches: { deadLetters } }),
    },
  );
  return made;
}

function renderedOf<Item>(
  spec: TargetSpec<Item> | ((place: never) => TargetSpec<Item>),
  accepts: (event: Event) => boolean,
): Pick<Edge, "rendered"> {
  if (typeof spec === "function") return {};
  const show = "render" in spec ? shownBy(spec) : spec.rendered;
  if (show === undefined) return {};
  return {
    rendered(value, scope) {
      const wanted = wantedOf(value, accepts);
      if (!(wanted instanceof Event) && wanted.length === 0) return [];
      const shown = orFailure(() => withoutSecrets(() => show([wanted], scope)));
      if (!(shown instanceof DeliveryFailure)) return shown;
      scope.log.warn(NOTHING_TO_SEND, { error: shown.message });
      return [];
    },
  };
}

function shownBy<Item>({ render, shown }: ProcessTargetSpec<Item>): WorkerTargetSpec["rendered"] {
  return shown && ((values, scope) => values.flatMap((value) => shown(render(value), scope)));
}

/** What of an event or a list the target has a use for. */
function wantedOf(value: EventOrList, accepts: (event: Event) => boolean): EventOrList {
  if (value instanceof Event) return accepts(value) ? value : [];
  return value.every(accepts) ? value : value.filter(accepts);
}
