import type { TargetIdentity } from "../core/target-port.ts";
import { Secret } from "../delivery/secret.ts";

/** What a sink sends to. */
export interface SinkTarget {
  /** Stands for the address when it is set. */
  readonly name: string | undefined;
  /** What is shown of the address: no secret is in it. */
  readonly shown: string;
  /** The address, credentials, and where below it, such as a topic. Of options that are functions none counts. */
  readonly address: readonly unknown[];
  /** What else shapes what is sent. @default nothing */
  readonly shape?: readonly unknown[];
}

/** By what a target is known: the same after a restart, whatever else of its options has changed. */
export function targetIdentity(
  sink: string,
  { name, shown, address, shape = [] }: SinkTarget,
): Omit<TargetIdentity, "settings"> {
  return {
    id: `${sink} ${name ?? joined(address.filter((part) => typeof part !== "function"))}`,
    label: `${sink} ${name ?? shown}`,
    shape: joined([...address, ...shape]),
  };
}

/** Credentials count by their names and what is made of them, functions by their text. */
function joined(parts: readonly unknown[]): string {
  return parts
    .map(textOf)
    .filter((text) => text !== "")
    .join(" ");
}

function textOf(part: unknown): string {
  if (part === undefined) return "";
  if (part instanceof Secret) return part.key;
  if (typeof part === "function") return String(part);
  return typeof part === "string" ? part : JSON.stringify(part, keyOfSecret);
}

/** Of a secret inside, what tells it apart, rather than what is shown of it. */
function keyOfSecret(this: Readonly<Record<string, unknown>>, name: string, shown: unknown): unknown {
  const inside = this[name];
  return inside instanceof Secret ? inside.key : shown;
}
