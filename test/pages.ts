import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./sources.ts";

/** Every page of the documentation by its path: `README.md`, `docs/options.md`. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  ["", "docs/"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => [folder + name, readFileSync(join(ROOT, folder, name), "utf8")] as const),
  ),
);

/** The text of a page, which must be there. */
export function page(path: string): string {
  const text = PAGES.get(path);
  if (text === undefined) throw new Error(`there is no ${path}`);
  return text;
}
