import { checkKeyedOptions, KEYED_OPTIONS, type KeyedOptions, startKeyedTable } from "../core/keyed-options.ts";
import { aString, checkKeys, checkOption } from "../core/option.ts";
import { compileKey } from "../core/selector.ts";
import { type Stage, stage } from "../core/stage.ts";

/** What counts as the state before the first, how many hosts and services are held, and for how long. */
export interface ChangedStateOptions extends KeyedOptions {
  /**
   * The state before the first event of a host and service: with `"ok"`, a first event that is `ok` does not pass.
   * @default null
   */
  readonly init?: string | null;
}

const hostAndService = compileKey("changedState", ["host", "service"]);

/**
 * Passes an event when its state differs from the one before of the same host and service, and drops the others.
 *
 * Emits at once. The first event of a host and service passes unless its state is `init`, by default `null`. Holds a
 * state for each host and service, at most `max` of them, each until it has been idle for `ttl` seconds; one that was
 * forgotten begins anew with `init`. `expired` is a state as any other, and so is `null`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option is unknown or wrong.
 * @category State and change
 * @example
 * pipeline("tell me when it breaks", [changedState({ init: "ok" }), email("ops@example.com")]);
 */
export function changedState(options: ChangedStateOptions = {}): Stage {
  checkKeys("changedState", options, ["init", ...KEYED_OPTIONS]);
  checkKeyedOptions("changedState", options);
  const { init = null } = options;
  if (init !== null) checkOption("changedState", "init", init, aString);
  return stage("changedState", (context) => {
    const { emit } = context;
    const states = startKeyedTable<string | null>(context, options, { ...hostAndService, create: () => init });
    return (event) => {
      const slot = states.at(event);
      if (event.state === slot.value) return;
      slot.value = event.state;
      emit(event);
    };
  });
}
