import * as main from "../index.ts";
import * as testing from "../testing/index.ts";

/** The modules a route file may import by the package's name, each the one instance that runs here. */
export type Doors = Readonly<Record<string, object>>;

/** The package's doors for route files. A second copy of these modules would collect no pipelines. */
export const DOORS: Doors = { "fast-ts": main, "fast-ts/testing": testing };
