import { realpath } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Bundle, bundle } from "./bundle.ts";
import type { PackageModules } from "./package-modules.ts";
import type { Problem } from "./problem.ts";

/** A test file and all it imports, as one module. */
export type CompiledTest = Pick<Bundle, "code" | "map" | "inputs">;

/**
 * Compiles a test file, or says why not. It may await outside of functions.
 *
 * @param modules - The modules that it may import by the package's name, by the URL under which they are in the process
 * that runs the test.
 */
export async function compileTest(
  path: string,
  modules: PackageModules,
  urls: Readonly<Record<string, string>>,
): Promise<CompiledTest | readonly Problem[]> {
  const file = resolve(path);
  const dir = dirname(file);
  const root = { dir, real: await realpath(dir), keepLinks: false };
  const url = JSON.stringify(pathToFileURL(file).href);
  return bundle(basename(file), root, modules, {
    noun: "test",
    options: {
      format: "esm",
      // What a package from before modules asks for is looked up from where the test is.
      banner: {
        js: `import { createRequire as __requireOf } from "node:module"; const require = __requireOf(${url});`,
      },
      define: {
        "import.meta.url": url,
        "import.meta.filename": JSON.stringify(file),
        "import.meta.dirname": JSON.stringify(dir),
      },
    },
    outside: (module) => urls[module] ?? module,
  });
}
