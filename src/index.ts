import { nameFolds } from "./core/fold.ts";
import * as folds from "./folds/index.ts";
import { tellWhatIsNotRun } from "./not-run.ts";

export type { Cancel, Clock } from "./core/clock.ts";
export { type Attributes, Event, type EventFields, event, weigh } from "./core/event.ts";
export type { EventOrList } from "./core/event-list.ts";
export type { Fold, Folded } from "./core/fold.ts";
export type { IndexView } from "./core/index-view.ts";
export { type Chain, type Mismatch, type Pipeline, type PipelineOptions, pipeline } from "./core/pipeline.ts";
export {
  type Branch,
  type Context,
  type DropReason,
  type Edge,
  type EvictionReason,
  type Forgetful,
  type Handler,
  type OnEvent,
  type Outlet,
  type Stage,
  type StageLog,
  type StageOptions,
  type Stages,
  type Start,
  stage,
  type Through,
} from "./core/stage.ts";
export type { Alarm, AlarmOptions, Plain, PlainOf, PlainRecord, Savable } from "./core/state.ts";
export type { Takes } from "./core/takes.ts";
export type { DeliveryOptions } from "./delivery/options.ts";
export { Secret, secret } from "./delivery/secret.ts";
export * from "./delivery/sink.ts";
export { type ErrorCode, FastTsError } from "./errors.ts";
export type { KeyedContext } from "./kit/keyed-options.ts";
export { type KeyedStateOptions, keyedState } from "./kit/keyed-state.ts";
export type { FixedWindowOptions, TimeWindowOptions } from "./kit/time-window-options.ts";
export * from "./sinks/index.ts";
export * from "./stages/index.ts";
export { folds };

nameFolds(folds);
tellWhatIsNotRun();
