import { stat } from "node:fs/promises";

/** When each of these files was saved last: another text once one of them has been saved again. */
export async function savedAt(files: readonly string[]): Promise<string> {
  const found = await Promise.all(files.map((file) => stat(file, { bigint: true }).catch(() => null)));
  return found.map((one) => (one === null ? "" : `${one.ino}:${one.mtimeNs}`)).join();
}
