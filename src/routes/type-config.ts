import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPackage, OWN_DIR } from "./installed-package.ts";

/** What the user's own `tsconfig.json` says of finding things, its base files included. */
export interface OwnConfig {
  readonly file: string;
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  readonly types?: readonly string[];
  readonly typeRoots?: readonly string[];
}

/**
 * The configuration to check these files of a route directory with. It lies in a directory of its own, for the route
 * directory may not be written to: all that TypeScript would look for around it is named.
 */
export function typeConfig(dir: string, own: OwnConfig | null, files: readonly string[]): object {
  return {
    ...(own === null ? {} : { extends: own.file }),
    compilerOptions: {
      ...(own === null ? DEFAULTS : {}),
      ...FORCED,
      types: own?.types ?? ["node"],
      typeRoots: [...absolute(own, own?.typeRoots), ...rootsAbove(dir), ...nodeTypes()],
      paths: { ...ownPaths(own), ...PACKAGE_TYPES },
    },
    files,
    include: [],
  };
}

/** What holds unless the directory's own `tsconfig.json` says something else. */
const DEFAULTS = {
  strict: true,
  target: "ES2023",
  lib: ["ES2023"],
  module: "ESNext",
  moduleResolution: "bundler",
  esModuleInterop: true,
};

/** What must hold for the check to say the same as the compiler of the routes: any file is a module, nothing is written. */
const FORCED = {
  noEmit: true,
  composite: false,
  incremental: false,
  allowImportingTsExtensions: true,
  moduleDetection: "force",
  resolveJsonModule: true,
  skipLibCheck: true,
};

const PACKAGE_TYPES = {
  "fast-ts": [fileURLToPath(new URL("../index.d.ts", import.meta.url))],
  "fast-ts/testing": [fileURLToPath(new URL("../testing/index.d.ts", import.meta.url))],
};

/** Where TypeScript would look for types from the route directory, the nearest first. */
function rootsAbove(dir: string): readonly string[] {
  const modules = join(dir, "node_modules");
  const here = [join(modules, "@types"), modules];
  return dirname(dir) === dir ? here : [...here, ...rootsAbove(dirname(dir))];
}

/** Node's types that come with this package. */
function nodeTypes(): readonly string[] {
  const found = findPackage("@types/node", OWN_DIR);
  return found === null ? [] : [dirname(found)];
}

/** The user's own `paths`, absolute: a list of ours replaces them. */
function ownPaths(own: OwnConfig | null): Record<string, readonly string[]> {
  const paths = Object.entries(own?.paths ?? {});
  return Object.fromEntries(paths.map(([alias, places]) => [alias, absolute(own, places)]));
}

function absolute(own: OwnConfig | null, paths: readonly string[] = []): readonly string[] {
  return own === null ? [] : paths.map((path) => resolve(dirname(own.file), path));
}
