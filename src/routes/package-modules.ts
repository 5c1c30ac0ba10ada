import * as main from "../index.ts";

/** The modules a route file may import by the package's name, each the one instance that runs here. */
export type PackageModules = Readonly<Record<string, object>>;

/** The package itself, for route files. A second copy of this module would collect no pipelines. */
export const PACKAGE_MODULES: PackageModules = { "fast-ts": main };
