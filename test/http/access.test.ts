import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingHttpHeaders, IncomingMessage, request } from "node:http";
import { Socket } from "node:net";
import { hostname } from "node:os";
import { test } from "node:test";
import { Access, type AccessOptions, type Guard, isLoopback } from "../../src/http/access.ts";
import { openHttp } from "./open-http.ts";

interface Situation extends Partial<AccessOptions> {
  readonly token?: string;
}

const LOOPBACK: Situation = { address: "127.0.0.1" };
/** A container: the port is open at all addresses. */
const ANYWHERE: Situation = { address: "0.0.0.0" };

/** The status of the refusal; 200 for none. */
function ask(guard: Guard, { token, ...given }: Situation, headers: IncomingHttpHeaders, method = "GET"): number {
  const options = { address: "127.0.0.1", isOpen: false, hosts: [], origins: [], ...given };
  const asked = Object.assign(new IncomingMessage(new Socket()), { method, headers });
  return new Access(token ?? null, options).refusal(guard, asked)?.status ?? 200;
}

test("without a token a page is had under an IP address, localhost and names of this machine, at any port", () => {
  const situation = { ...LOOPBACK, hosts: ["fast-ts.default.svc"] };
  const known = ["127.0.0.1:5556", "10.1.2.3", "[::1]:5556", "[fe80::1]", "localhost:8080", "LOCALHOST", "localhost."];
  for (const host of [...known, hostname(), `${hostname().toUpperCase()}:5556`, "fast-ts.default.svc:5556"])
    assert.equal(ask("token", situation, { host }), 200, host);
});

test("under any other name it is misdirected: DNS rebinding needs a name", () => {
  const strange = ["attacker.example:5556", "127.0.0.1.attacker.example", "localhost.attacker.example", "", ":5556"];
  for (const host of [
    ...strange,
    "127.0.0.1 x",
    "[::1",
    "2130706433",
    "fast-ts.default.svc",
    "a@127.0.0.1",
    "@127.0.0.1",
  ])
    for (const guard of ["token", "network"] as const) assert.equal(ask(guard, LOOPBACK, { host }), 421, host);
  assert.equal(ask("token", LOOPBACK, {}), 421);
});

test("probes are answered under any name and to any page, and so is Prometheus beyond loopback", () => {
  const headers = { host: "attacker.example", origin: "https://attacker.example" };
  assert.deepEqual([ask("none", LOOPBACK, headers), ask("none", ANYWHERE, headers)], [200, 200]);
  assert.deepEqual([ask("network", LOOPBACK, headers), ask("network", ANYWHERE, headers)], [421, 200]);
  assert.equal(ask("network", ANYWHERE, { host: "fast-ts.default.svc:5556" }), 200);
});

test("in a container the API answers nobody, be it by pod IP, service name or published port, until there is a token", () => {
  const bearer = { authorization: "Bearer s3cret" };
  for (const host of ["10.1.2.3:5556", "fast-ts.default.svc:5556", "localhost:8080"]) {
    assert.equal(ask("token", ANYWHERE, { host }), 401, host);
    assert.equal(ask("token", { ...ANYWHERE, token: "s3cret" }, { host }), 401, host);
    assert.equal(ask("token", { ...ANYWHERE, token: "s3cret" }, { host, ...bearer }), 200, host);
  }
});

test("with http-open it answers everyone, and Host is checked as on loopback", () => {
  const situation = { ...ANYWHERE, isOpen: true, hosts: ["fast-ts"] };
  for (const host of ["10.1.2.3:5556", "localhost:8080", "fast-ts:5556"])
    assert.equal(ask("token", situation, { host }), 200, host);
  assert.equal(ask("token", situation, { host: "fast-ts.default.svc:5556" }), 421);
});

test("a token is asked for on loopback as well once there is one, and passes any name", () => {
  const situation = { ...LOOPBACK, token: "s3cret" };
  const host = "dash.example.com";
  assert.equal(ask("token", situation, { host: "localhost" }), 401);
  for (const authorization of ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret "]) {
    assert.equal(ask("token", situation, { host, authorization }), 200, authorization);
    assert.equal(ask("network", situation, { host, authorization }), 200, authorization);
  }
  for (const authorization of [
    "",
    "s3cret",
    "Bearer",
    "Bearer ",
    "Bearer s3cre",
    "Bearer s3cret2",
    "Basic s3cret",
    "Bearer s3cret x",
  ])
    assert.equal(ask("token", situation, { host: "localhost", authorization }), 401, authorization);
});

test("a page of another origin is refused, unless it is of this machine or was let in", () => {
  const host = "127.0.0.1:5556";
  const situation = { ...LOOPBACK, origins: ["https://dash.example.com"] };
  const own = ["http://127.0.0.1:5556", "http://localhost:4567", "http://[::1]:3000", "https://dash.example.com"];
  for (const origin of own) assert.equal(ask("token", situation, { host, origin }), 200, origin);
  const strange = ["https://attacker.example", "null", "", "https://dash.example.com.attacker.example", "file://"];
  for (const origin of [...strange, "http://dash.example.com", "https://dash.example.com:8443"])
    for (const guard of ["token", "network"] as const)
      assert.equal(ask(guard, situation, { host, origin }), 403, origin);
});

test("beyond loopback a page of the reader's own machine is a stranger's, with the token too", () => {
  const headers = { host: "10.1.2.3:5556", origin: "http://localhost:4567", authorization: "Bearer s3cret" };
  assert.equal(ask("token", { ...ANYWHERE, token: "s3cret" }, headers), 403);
  assert.equal(ask("token", { ...ANYWHERE, token: "s3cret" }, { ...headers, origin: "http://10.1.2.3:5556" }), 200);
});

test("addresses of this machine alone are told from others", () => {
  for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost"])
    assert.ok(isLoopback(address));
  for (const address of ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "127.example.com", "fe80::1"])
    assert.ok(!isLoopback(address), address);
});

/** Asks a door with headers that `fetch` does not let one set. */
async function get(port: number, path: string, headers: Record<string, string>, method = "GET") {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
  const [answer]: [IncomingMessage] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, text };
}

test("every page but the probes says how to be let in", async (t) => {
  const door = await openHttp();
  t.after(() => door.stop());
  for (const path of [
    "/metrics",
    "/metrics/events",
    "/api/pipelines",
    "/api/index",
    "/api/taps",
    "/api/taps/a%20tap",
  ]) {
    const misdirected = await get(door.port, path, { host: "attacker.example" });
    assert.deepEqual([misdirected.status, /--http-allow-host NAME/.test(misdirected.text)], [421, true], path);
    const foreign = await get(door.port, path, { origin: "https://attacker.example" });
    assert.deepEqual([foreign.status, /--http-origin ORIGIN/.test(foreign.text)], [403, true], path);
  }
  for (const path of ["/healthz", "/readyz"])
    assert.equal((await get(door.port, path, { host: "attacker.example", origin: "null" })).status, 200, path);
});

test("with a token every page of the API asks for it, and says how; a new one takes effect at once", async (t) => {
  const door = await openHttp({ token: "s3cret" });
  t.after(() => door.stop());
  for (const path of ["/api/pipelines", "/api/index", "/api/taps", "/api/taps/a%20tap"]) {
    const { status, headers, text } = await get(door.port, path, {});
    assert.deepEqual([status, headers["www-authenticate"]], [401, 'Bearer realm="fast-ts"'], path);
    assert.match(text, /--http-token-file/);
  }
  for (const path of ["/healthz", "/readyz", "/metrics"]) assert.equal((await get(door.port, path, {})).status, 200);
  const authorization = "Bearer s3cret";
  assert.equal((await get(door.port, "/api/taps", { authorization })).status, 200);
  door.renewToken("other");
  assert.equal((await get(door.port, "/api/taps", { authorization })).status, 401);
});

test("a page that was let in from another origin may read the answer, and ask beforehand whether it may", async (t) => {
  const origin = "https://dash.example.com";
  const door = await openHttp({ token: "s3cret", origins: [origin] });
  t.after(() => door.stop());
  const before = await get(door.port, "/api/taps", { origin, "access-control-request-method": "GET" }, "OPTIONS");
  const { headers } = before;
  assert.deepEqual(
    [before.status, headers["access-control-allow-origin"], headers["access-control-allow-headers"]],
    [204, origin, "Authorization"],
  );
  const answer = await get(door.port, "/api/taps", { origin, authorization: "Bearer s3cret" });
  assert.deepEqual([answer.status, answer.headers["access-control-allow-origin"]], [200, origin]);
  assert.equal((await get(door.port, "/api/taps", {}, "OPTIONS")).status, 405);
});
