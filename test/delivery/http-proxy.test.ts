import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProxies, proxyFor } from "../../src/delivery/http-proxy.ts";

const found = (env: Record<string, string>, url = "https://example.com") => proxyFor(new URL(url), env)?.href ?? null;

test("a proxy without a scheme is one of HTTP, be its host a name or an address", () => {
  assert.equal(found({ HTTPS_PROXY: "127.0.0.1:18899" }), "http://127.0.0.1:18899/");
  assert.equal(found({ https_proxy: "localhost:18899" }), "http://localhost:18899/");
  assert.equal(found({ HTTP_PROXY: "ann:pw@proxy:3128" }, "http://example.com"), "http://ann:pw@proxy:3128/");
  assert.equal(found({ HTTPS_PROXY: "", HTTP_PROXY: "http://proxy:3128" }), null);
  assert.equal(found({ HTTPS_PROXY: "proxy:3128", NO_PROXY: "b.org, .example.com" }, "https://a.example.com"), null);
});

test("a variable that names no proxy is an error that shows no password", () => {
  const said = (name: string, value: string, shown = value) =>
    assert.throws(() => checkProxies({ [name]: value }), {
      code: "FTS_OPTION",
      message: `${name}: must be a proxy such as http://host:3128, got "${shown}"`,
    });
  said("HTTPS_PROXY", "socks5://127.0.0.1:1080");
  said("http_proxy", "localhost:port");
  said("HTTP_PROXY", "https://ann:s3cret@proxy", "https://***@proxy");
  checkProxies({ HTTPS_PROXY: "", http_proxy: "proxy" });
});
