import { aString } from "../core/option.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { checkTextOrSecret } from "./text-or-secret.ts";

/** Headers of a request, credentials among them. */
export type Headers = Readonly<Record<string, string | Secret>>;

/** @throws FastTsError `FTS_STAGE_OPTION` unless each is a text or a secret. */
export function checkHeaders(sink: string, headers: Headers): void {
  for (const [header, value] of Object.entries(headers)) checkTextOrSecret(sink, `headers.${header}`, value, aString);
}

/** With names in lower case, as they are compared. */
export function revealHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), reveal(value)]));
}
