import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { asRouteFile, routeFile } from "../../src/core/route-file.ts";
import { FastTsError } from "../../src/errors.ts";
import { findDriver, loadDriver } from "../../src/sinks/driver.ts";

const dir = realpathSync(mkdtempSync(join(tmpdir(), "fts-driver-")));
after(() => rmSync(dir, { recursive: true }));
const route = join(dir, "routes.ts");

function install(name: string, main: string, text: string): void {
  const at = join(dir, "node_modules", name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify({ name, main }));
  writeFileSync(join(at, main), text);
}

test("a driver is looked for beside the route file first", async () => {
  install("protobufjs", "here.cjs", "exports.where = 'beside the routes';");
  const { path } = asRouteFile(route, () => findDriver("sink", "protobufjs"));
  assert.equal(path, join(dir, "node_modules", "protobufjs", "here.cjs"));
  assert.equal((await loadDriver<{ where: string }>({ name: "protobufjs", path })).where, "beside the routes");
});

test("a driver that is not there is looked for beside this package", () => {
  const { path } = asRouteFile(route, () => findDriver("sink", "esbuild"));
  assert.match(path ?? "", /node_modules.esbuild/);
});

test("a module of its own kind is loaded as well", async () => {
  install("its-own", "here.mjs", "export const where = 'a module';");
  const driver = asRouteFile(route, () => findDriver("sink", "its-own"));
  assert.equal((await loadDriver<{ where: string }>(driver)).where, "a module");
});

test("a route file that names a sink without its driver is told what to install, and where", () => {
  assert.throws(
    () => asRouteFile(route, () => findDriver("kafka", "no-such-driver")),
    (error) =>
      error instanceof FastTsError &&
      error.message === `kafka: the package no-such-driver is not there: npm install no-such-driver, in ${dir}`,
  );
  assert.equal(routeFile(), null);
});

test("without a route file a missing driver is a failure of what is sent", async () => {
  const driver = findDriver("kafka", "no-such-driver");
  await assert.rejects(loadDriver(driver), /the package no-such-driver is not there: npm install no-such-driver/);
});
