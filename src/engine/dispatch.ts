import type { Handler, OnEvent } from "../core/stage.ts";
import type { Stateless } from "../core/stateless.ts";

/** What an actor does with an event that is handed to it: the engine's innermost step. */
export type Dispatch = (value: unknown) => void;

/** Whether an event may be handled at once. */
export const IDLE = 0;

/** What dispatch needs of its actor. */
export interface ActorState {
  /** {@link IDLE}, or a reason to queue up. */
  readonly status: number;
  /** Takes an event that cannot be handled now. */
  queueUp(value: unknown): void;
  /** Waits for what the handler returned. */
  awaits(value: unknown, result: PromiseLike<unknown>): void;
  /** The handler threw. */
  fail(value: unknown, thrown: unknown): void;
  /** Throws, as the stage does not take such a value. */
  misfit(value: unknown): never;
}

/** What one actor binds its dispatch to. */
export interface Binding {
  readonly counts: Float64Array;
  readonly actor: ActorState;
  readonly work: Work;
  /** Takes what goes on. */
  readonly emit: Dispatch;
}

/** The work of a live stage. */
export type Work = OnEvent<never> | Handler<never> | Stateless<never>;

/** The dispatch of one place in a pipeline, which each actor there binds to itself. */
export interface PositionDispatch {
  bind(binding: Binding): Dispatch;
}
