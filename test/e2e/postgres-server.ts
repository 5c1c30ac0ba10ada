import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { RealServer, withoutDriver } from "./real-server.ts";

/** Debian keeps the server's programs aside, by version. */
const VERSIONS = "/usr/lib/postgresql";
const bin = existsSync(VERSIONS) ? join(VERSIONS, readdirSync(VERSIONS).sort().at(-1) ?? "", "bin") : "";
const isThere = existsSync(join(bin, "initdb"));
/** Why a test of it is skipped; false when it is not. */
export const lackingPostgres =
  isThere || process.env.CI ? withoutDriver("pg") : "there is no PostgreSQL: apt-get install postgresql";

/** It does not run as root: then as the user that Debian makes for it. */
const isRoot = process.getuid?.() === 0;
const asUser = (program: string, args: readonly string[]): [string, string[]] =>
  isRoot
    ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...args]]
    : [program, [...args]];

/** PostgreSQL with a new database; its superuser is `me`. */
export const startPostgres = (t: TestContext): Promise<RealServer> =>
  RealServer.start(t, isRoot ? "setpriv" : join(bin, "postgres"), (port, dir) => {
    const data = join(dir, "data");
    if (!existsSync(data)) {
      if (isRoot) {
        const [uid = 0, gid = 0] = ["-u", "-g"].map((flag) => Number(spawnSync("id", [flag, "postgres"]).stdout));
        chownSync(dir, uid, gid);
      }
      const made = spawnSync(...asUser(join(bin, "initdb"), ["-D", data, "-A", "trust", "-U", "me", "-E", "UTF8"]));
      assert.equal(made.status, 0, String(made.stderr));
    }
    const args = [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${dir}`,
    ];
    return isRoot ? asUser(join(bin, "postgres"), args)[1] : args;
  });
