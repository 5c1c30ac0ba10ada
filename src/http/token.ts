import { readFile } from "node:fs/promises";
import { coerceError, FastTsError } from "../errors.ts";

/** What the options say of the token. */
export interface TokenOptions {
  readonly httpToken: string | false;
  /** A file with the token; blanks and line ends around it do not count. */
  readonly httpTokenFile: string | false;
  readonly httpOpen: boolean;
}

/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The token that `/api/*` asks for; `null` when there is none.
 *
 * @throws FastTsError `FTS_OPTION` when the options contradict each other, `FTS_START` when the file has no token.
 */
export async function readToken({ httpToken, httpTokenFile, httpOpen }: TokenOptions): Promise<string | null> {
  if (httpToken !== false && httpTokenFile !== false)
    throw problem("there are two tokens, of --http-token (FTS_HTTP_TOKEN) and of --http-token-file: give one");
  if (httpOpen && (httpToken !== false || httpTokenFile !== false))
    throw problem("--http-open lets everyone in without a token, but there is one: leave out the one or the other");
  if (httpTokenFile === false) return httpToken === false ? null : httpToken;
  const text = await readFile(httpTokenFile, "utf8").catch((thrown) => {
    throw unusable(`cannot read the token: ${coerceError(thrown).message}`);
  });
  const token = text.trim();
  if (TOKEN.test(token)) return token;
  const found = token === "" ? "it is empty" : "it has blanks, line ends or other characters inside";
  throw unusable(`${httpTokenFile} must hold one token of printable ASCII characters, and ${found}`);
}

/** Whether the process table shows the token to everyone on this machine. */
export function isShownByPs(token: string): boolean {
  return process.argv.some((word) => word.includes(token));
}

function unusable(message: string): FastTsError {
  return new FastTsError("FTS_START", `--http-token-file: ${message}`);
}

function problem(message: string): FastTsError {
  return new FastTsError("FTS_OPTION", message);
}
