import { copyFile, cp, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDirectory } from "../system/make-directory.ts";
import { findPackage, OWN_DIR } from "./installed-package.ts";

/** Copies the type declarations of the public modules, and of all they refer to, into a directory. */
export async function copyDeclarations(to: string): Promise<void> {
  for (const file of await reachable(PACKAGE_MODULES.map((module) => join(HERE, module)))) {
    const target = join(to, relative(HERE, file));
    await makeDirectory(dirname(target));
    await copyFile(file, target);
  }
}

/**
 * Copies Node's types that come with this package, and what they are made of, into a directory: each by its own name.
 * Returns it.
 */
export async function copyNodeTypes(to: string): Promise<string> {
  const copy = async (name: string, from: string): Promise<void> => {
    const found = findPackage(name, from);
    if (found === null) return;
    await cp(found, join(to, basename(name)), { recursive: true });
    const { dependencies = {} } = JSON.parse(await readFile(join(found, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) await copy(dependency, found);
  };
  await copy("@types/node", OWN_DIR);
  return to;
}

const HERE = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE_MODULES = ["index.d.ts", "testing/index.d.ts"];

/** These declarations, and all that they import by a relative path. */
async function reachable(modules: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set(modules);
  // A set that grows while it is walked is walked to its new end.
  for (const file of found) {
    const text = await readFile(file, "utf8");
    for (const [, path = ""] of text.matchAll(/(?:from|import\(|import)\s*"(\.[^"]+)"/g))
      found.add(resolve(dirname(file), path.replace(/(\.d)?\.[jt]s$/, ".d.ts")));
  }
  return found;
}
