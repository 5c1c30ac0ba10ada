import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { routeFile } from "../core/route-file.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { FastTsError } from "../errors.ts";

/** A package that a sink needs and that is not installed with this one. */
export interface Driver {
  readonly name: string;
  /** Where it is: that of the route directory comes first. Null when it is not there. */
  readonly path: string | null;
}

/**
 * Looks for the driver of a sink, beside the route file that is being run, then beside this package.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when it is not there, if a route file asks.
 */
export function findDriver(sink: string, name: string): Driver {
  const file = routeFile();
  const path = (file === null ? null : resolveFrom(file, name)) ?? resolveFrom(import.meta.url, name);
  if (path === null && file !== null)
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `${sink}: the package ${name} is not there: npm install ${name}, in ${dirname(file)}`,
    );
  return { name, path };
}

function resolveFrom(place: string, name: string): string | null {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return null;
  }
}

/** Loads a driver. @throws DeliveryFailure with `"failed"` when it is not there */
export async function loadDriver<Module>({ name, path }: Driver): Promise<Module> {
  if (path === null) throw new DeliveryFailure("failed", `the package ${name} is not there: npm install ${name}`);
  const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
  // What was written for CommonJS has all of it in its default.
  return { ...(module.default as object | undefined), ...module } as Module;
}
