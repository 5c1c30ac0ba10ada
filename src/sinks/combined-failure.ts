import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { coerceError } from "../errors.ts";

/** What became of a batch, by what became of each of its events (null: delivered); `owners`: see `ownersOf`. */
export function combined(
  failures: readonly (DeliveryFailure | null)[],
  owners: readonly number[],
): DeliveryFailure | null {
  const some = failures.filter((failure) => failure !== null);
  const first = some.find(({ verdict }) => verdict === "failed") ?? some[0];
  if (first === undefined || first.verdict === "failed") return first ?? null;
  const itemsWith = (verdict: string): number[] => [
    ...new Set(failures.flatMap((failure, index) => (failure?.verdict === verdict ? (owners[index] ?? []) : []))),
  ];
  const { message, answer } = first;
  return new DeliveryFailure(first.verdict, message, {
    answer,
    rejected: itemsWith("refused"),
    again: itemsWith("retry"),
  });
}

/** What `make` gives, or why the event is to blame that it gives nothing. */
export function madeOr<Made>(label: string, make: () => Made): Made | DeliveryFailure {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof DeliveryFailure) return thrown;
    return new DeliveryFailure("refused", `${label}: ${coerceError(thrown).message}`, { cause: thrown });
  }
}

/** For each event of a batch, the index of the item that it is of. */
export function ownersOf(items: readonly EventOrList[]): readonly number[] {
  return items.flatMap((item, index) => eventsOf(item).map(() => index));
}
