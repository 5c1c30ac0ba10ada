import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/**
 * A directory with these files, by relative path, gone after the test. It lies in one of its own, as a watch looks at the
 * parent, too: at all that other tests do in the system's.
 */
export async function routeDir(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), "fast-ts-routes-")));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const dir = join(parent, "routes");
  await mkdir(dir);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}
