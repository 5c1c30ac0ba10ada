import { mkdirSync, rmSync, statSync } from "node:fs";
import type { DaemonProcess } from "./daemon-process.ts";

/** Does what fails while the daemon writes there, again until it does not. */
export async function besideWrites(daemon: DaemonProcess, what: string, work: () => void): Promise<void> {
  await daemon.until(what, () => {
    try {
      work();
      return true;
    } catch {
      return false;
    }
  });
}

/** Takes a directory away, with all that is in it. */
export function removed(daemon: DaemonProcess, dir: string): Promise<void> {
  return besideWrites(daemon, `${dir} to be gone`, () => rmSync(dir, { recursive: true, force: true }));
}

/** What nobody has written to for so long was left behind by a write that failed, milliseconds. */
const LEFT_AFTER = 2000;

/** These snapshots can no longer be written: a directory stands where each is written first. Returns what ends that. */
export async function obstruct(daemon: DaemonProcess, snapshots: readonly string[]): Promise<() => void> {
  const obstacles = snapshots.map((path) => `${path}.new`);
  for (const path of obstacles)
    await besideWrites(daemon, `${path} not to be there`, () => {
      const left = statSync(path, { throwIfNoEntry: false });
      if (left !== undefined && Date.now() - left.mtimeMs > LEFT_AFTER) rmSync(path);
      mkdirSync(path);
    });
  return () => obstacles.forEach((path) => void rmSync(path, { recursive: true }));
}
