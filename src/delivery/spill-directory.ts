import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TargetIdentity, TargetScope } from "../core/target-port.ts";
import { FastTsError } from "../errors.ts";
import { type FileLayer, isGone } from "../state/file-layer.ts";

const MAX_LABEL_CHARACTERS = 40;
const ABOUT = "target.json";

/** What a directory says of the target whose items it has. */
export interface SpilledTarget {
  readonly target: string;
  readonly id: string;
}

/** Where the spill of all targets is that name no directory. */
export function defaultSpillDir(dataDir: string): string {
  return join(dataDir, "spill");
}

/** @throws FastTsError `FTS_STAGE_OPTION` when nothing says where the spill is to be. */
export function spillDirOf({ id, label, settings }: TargetIdentity, { dataDir }: TargetScope): string {
  const parent = settings.spill?.dir ?? (dataDir === null ? null : defaultSpillDir(dataDir));
  if (parent === null) throw new FastTsError("FTS_STAGE_OPTION", `${label}: ${NO_DIRECTORY}`);
  return join(parent, directoryName(label, id));
}

/** The name of a target's directory: `label` for people, and a hash of the `id`, which tells targets apart. */
export function directoryName(label: string, id: string): string {
  const words = label.replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, MAX_LABEL_CHARACTERS);
  return `${words}-${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;
}

const NO_DIRECTORY =
  "spill: true has no directory: start with --data DIR (or FTS_DATA), or give one, spill: { dir: DIR }";

export async function describeTarget(files: FileLayer, dir: string, about: SpilledTarget): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(about)}\n`);
  const path = join(dir, ABOUT);
  const file = await files.create(`${path}.new`);
  await files.write(file, text, 0).finally(() => files.close(file));
  await files.rename(`${path}.new`, path);
}

/** What a directory says of its target; null when it has none. */
export async function targetOf(files: FileLayer, dir: string): Promise<SpilledTarget | null> {
  if (!(await files.list(dir)).includes(ABOUT)) return null;
  const path = join(dir, ABOUT);
  const file = await files.openToRead(path).catch((thrown) => {
    if (isGone(thrown)) return null;
    throw thrown;
  });
  if (file === null) return null;
  try {
    const { target, id } = JSON.parse((await files.read(file, 0, await files.size(path))).toString());
    return { target: String(target), id: String(id) };
  } catch {
    return { target: dir, id: "" };
  } finally {
    await files.close(file);
  }
}
