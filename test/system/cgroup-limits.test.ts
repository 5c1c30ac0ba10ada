import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { defaultWorkers, tooManyWorkers } from "../../src/system/capacity.ts";
import { readCgroupLimits } from "../../src/system/cgroup-limits.ts";

const MEBIBYTE = 1024 * 1024;
const MOUNT_V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const MOUNT_CPU = "33 32 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct";
const MOUNT_MEMORY = "36 32 0:33 / /sys/fs/cgroup/memory rw,nosuid shared:10 - cgroup cgroup rw,memory";
const MOUNT_UNIFIED = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

/** The limits of a system with these files. */
function limitsOf(t: TestContext, groups: string[], mountinfo: string[], files: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), "fast-ts-cgroup-"));
  t.after(() => rmSync(root, { recursive: true }));
  const proc = { "proc/self/cgroup": `${groups.join("\n")}\n`, "proc/self/mountinfo": `${mountinfo.join("\n")}\n` };
  for (const [path, text] of Object.entries({ ...proc, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readCgroupLimits(root);
}

test("version 2: the least limit of the group and of those around it", (t) => {
  const files = {
    "sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
    "sys/fs/cgroup/pod/memory.max": "max\n",
    "sys/fs/cgroup/pod/app/cpu.max": "max 100000\n",
    "sys/fs/cgroup/pod/app/memory.max": `${512 * MEBIBYTE}\n`,
  };
  assert.deepEqual(limitsOf(t, ["0::/pod/app"], [MOUNT_V2], files), { cpus: 1.5, memoryBytes: 512 * MEBIBYTE });
});

test("version 1 and both at a time: each controller has a place of its own", (t) => {
  const files = {
    "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "200000\n",
    "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "50000\n",
    "sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us": "100000\n",
    "sys/fs/cgroup/memory/other/memory.limit_in_bytes": `${300 * MEBIBYTE}\n`,
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    // Of another group, and of no mount that counts.
    "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "1\n",
  };
  const groups = ["4:memory:/other", "2:cpu,cpuacct:/docker/x", "1:name=systemd:/docker/x", "0::/docker/x"];
  const expected = { cpus: 4, memoryBytes: 300 * MEBIBYTE };
  assert.deepEqual(limitsOf(t, groups, [MOUNT_CPU, MOUNT_MEMORY, MOUNT_UNIFIED], files), expected);
});

test("in a container the mount shows the group itself, whatever the group is called outside", (t) => {
  const files = { "sys/fs/cgroup/cpu.max": "50000 100000\n" };
  for (const [group, shown] of [
    ["/", "/"],
    ["/docker/x", "/docker/x"],
    ["/docker/x", "/elsewhere"],
    ["/../../x", "/"],
  ])
    assert.equal(limitsOf(t, [`0::${group}`], [MOUNT_V2.replace(" / ", ` ${shown} `)], files).cpus, 0.5, group);
});

test("where nothing is set, or there are no control groups, there is no limit", (t) => {
  const none = { cpus: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
  assert.deepEqual(limitsOf(t, ["0::/"], [MOUNT_V2], { "sys/fs/cgroup/cpu.max": "max 100000\n" }), none);
  assert.deepEqual(limitsOf(t, ["0::/"], []), none);
  assert.deepEqual(readCgroupLimits("/nowhere"), none);
});

test("the number of workers follows cores, the CPU quota and memory", () => {
  const workers = (cores: number, cpus = Number.POSITIVE_INFINITY, mebibytes = 64 * 1024): number =>
    defaultWorkers({ cores, memoryBytes: 64 * 1024 * MEBIBYTE }, { cpus, memoryBytes: mebibytes * MEBIBYTE });
  assert.deepEqual([workers(1), workers(2), workers(8)], [1, 2, 8]);
  assert.deepEqual([workers(64, 0.5), workers(64, 2), workers(64, 2.5), workers(2, 16)], [1, 2, 3, 2]);
  assert.deepEqual([workers(64, 64, 128), workers(64, 64, 1024), workers(64, 4, 1024)], [1, 4, 4]);
});

test("more workers than the memory is enough for do not start", () => {
  assert.equal(tooManyWorkers(64, 2048 * MEBIBYTE), null);
  assert.equal(tooManyWorkers(1, 10 * MEBIBYTE), null, "one always may");
  assert.equal(
    tooManyWorkers(1000, 2048 * MEBIBYTE),
    "--workers 1000: each takes 32 MiB before any event comes, and this process may use 2048 MiB: " +
      "at most 64 can start, and as many as there are CPUs are of use",
  );
});
