import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What this process may use; infinite where nothing is set. */
export interface CgroupLimits {
  /** Processors, with fractions. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

/**
 * The limits of the control groups that this process is in, of both versions: the least of each group and of those around
 * it (cgroups(7); the kernel's sched-bwc.rst, memory.rst and cgroup-v2.rst). No limits where there are no control groups.
 *
 * @param root - Where `/proc` and `/sys` are. @default "/"
 */
export function readCgroupLimits(root = "/"): CgroupLimits {
  const dirs = [...groupDirs(root)];
  const least = (read: (dir: string) => number): number =>
    dirs.reduce((limit, dir) => Math.min(limit, read(join(root, dir))), Number.POSITIVE_INFINITY);
  return { cpus: least(cpusOf), memoryBytes: least(memoryOf) };
}

/** The directories of the groups that this process is in, and of those around them. */
function* groupDirs(root: string): Iterable<string> {
  for (const mount of mounts(textOf(join(root, "proc/self/mountinfo")))) {
    // A line of /proc/self/cgroup is number:controllers:path; version 2 is the one without controllers.
    for (const line of textOf(join(root, "proc/self/cgroup")).split("\n")) {
      const [, controllers = "", ...path] = line.split(":");
      const isOfMount = controllers === "" ? mount.isVersion2 : mount.options.includes(controllers.split(",")[0] ?? "");
      if (line === "" || !isOfMount) continue;
      // Inside a container the mount may show its own group only: what lies outside of it cannot be seen.
      const inside = relative(mount.root, path.join(":"));
      for (let dir = inside.startsWith("..") ? "" : inside; ; dir = join(dir, "..")) {
        yield join(mount.point, dir);
        if (dir === "" || dir === ".") break;
      }
    }
  }
}

interface Mount {
  /** The group that it shows at its mount point. */
  readonly root: string;
  readonly point: string;
  readonly isVersion2: boolean;
  readonly options: readonly string[];
}

/** The mounts of control groups. A line is `ID PARENT DEVICE ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS` (proc(5)). */
function mounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount = "", type = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = mount.split(" ");
    const [kind = "", , options = ""] = type.split(" ");
    const isVersion2 = kind === "cgroup2";
    return isVersion2 || kind === "cgroup" ? [{ root, point, isVersion2, options: options.split(",") }] : [];
  });
}

function cpusOf(dir: string): number {
  const [quota, period] = textOf(join(dir, "cpu.max")).split(" ");
  return Math.min(
    quotient(quota, period),
    quotient(textOf(join(dir, "cpu.cfs_quota_us")), textOf(join(dir, "cpu.cfs_period_us"))),
  );
}

function memoryOf(dir: string): number {
  return Math.min(
    quotient(textOf(join(dir, "memory.max")), "1"),
    quotient(textOf(join(dir, "memory.limit_in_bytes")), "1"),
  );
}

/** `max`, -1 and what is not there are no limit. */
function quotient(limit = "", per = ""): number {
  const value = Number.parseInt(limit, 10) / Number.parseInt(per, 10);
  return value > 0 ? value : Number.POSITIVE_INFINITY;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
