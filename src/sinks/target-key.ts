import { Secret } from "../delivery/secret.ts";

/**
 * What tells targets of one address apart beside it: the options that shape what is sent. Credentials count by their names,
 * functions by their text, texts by what they are.
 */
export function targetKey(...options: readonly unknown[]): string {
  return options.map(partOf).join(" ").trim();
}

function partOf(option: unknown): string {
  if (option === undefined) return "";
  if (option instanceof Secret) return option.name;
  if (typeof option === "function") return String(option);
  return typeof option === "string" ? option : JSON.stringify(option);
}
