import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this package's own code looks for packages. */
export const OWN_DIR = fileURLToPath(new URL(".", import.meta.url));

/** The directory of an installed package, found as code in the first of these directories would; null when none finds it. */
export function findPackage(name: string, ...from: readonly string[]): string | null {
  for (const dir of from) {
    try {
      return dirname(createRequire(join(dir, "_.js")).resolve(`${name}/package.json`));
    } catch {
      // Not installed there.
    }
  }
  return null;
}
