import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../errors.ts";

/**
 * Makes a directory, and those above it that are missing. As `recursive` of Node does, which never returns where the system
 * says of what is to be made that it is not found, as in /proc: here that is an error, `ENOTSUP`.
 *
 * @param mode - Of what is made. @default 0o777, less what the umask of the process takes
 */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  if (await isMade(path, mode)) return;
  await makeDirectory(dirname(path), mode);
  if (await isMade(path, mode)) return;
  throw Object.assign(new Error(`ENOTSUP: no directory can be made there, mkdir '${path}'`), { code: "ENOTSUP" });
}

/** Whether it is there now; false: what it is to be in is missing. */
async function isMade(path: string, mode: number | undefined): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" && dirname(path) !== path) return false;
    const found = await stat(path).catch((missing) => {
      throw codeOf(thrown) === "EEXIST" ? missing : thrown; // a link that leads nowhere
    });
    if (found.isDirectory()) return true;
    throw thrown;
  }
}
