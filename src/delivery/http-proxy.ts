import type { AgentOptions, ClientRequest } from "node:http";
import { request } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { FastTsError } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws FastTsError `FTS_OPTION` when a variable names no proxy. */
export function checkProxies(env: Environment): void {
  for (const name of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"]) proxyIn(env, name);
}

/**
 * The proxy for a URL: `HTTPS_PROXY` or `HTTP_PROXY`, in either case, unless `NO_PROXY` names its host (`*`, a name, a
 * suffix such as `.example.com`, each with or without a port); null when there is none. As curl does it, an upper-case
 * `HTTP_PROXY` counts as well, and `host:port` is `http://host:port`.
 *
 * @throws FastTsError `FTS_OPTION` when the variable names no proxy.
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const kind = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const excluded = (env.no_proxy || env.NO_PROXY || "").split(/[\s,]+/);
  if (excluded.some((one) => isExcluded(url, one))) return null;
  return proxyIn(env, kind) ?? proxyIn(env, kind.toUpperCase());
}

function proxyIn(env: Environment, name: string): URL | null {
  const text = env[name] ?? "";
  if (text === "") return null;
  const full = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(full) ? new URL(full) : null;
  if (proxy?.protocol === "http:") return proxy;
  const shown = text.replace(/^(.*:\/\/)?.*@/, "$1***@");
  throw new FastTsError(
    "FTS_OPTION",
    `${name}: must be a proxy such as http://host:3128, got ${JSON.stringify(shown)}`,
  );
}

function isExcluded(url: URL, entry: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const [, name = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  const ownPort = url.port || (url.protocol === "https:" ? "443" : "80");
  if (port !== "" && port !== ownPort) return false;
  const bare = name.replace(/^\*?\./, "");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return host === bare || host.endsWith(`.${bare}`);
}

/** An agent whose connections to `https:` targets go through a tunnel that the proxy makes (`CONNECT`, RFC 9110, 9.3.6). */
export function tunnelAgent(proxy: URL, options: AgentOptions): HttpsAgent {
  const agent = new HttpsAgent(options);
  const createConnection = (
    to: { readonly host?: string; readonly port?: number; readonly servername?: string },
    done: (error: Error | null, socket?: Socket) => void,
  ): void => {
    const target = `${to.host}:${to.port}`;
    const headers: Record<string, string> = { host: target };
    if (proxy.username !== "")
      headers["proxy-authorization"] =
        `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString("base64")}`;
    const asked: ClientRequest = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: "CONNECT",
      path: target,
      headers,
      agent: false,
    });
    asked.once("error", (error) => done(error));
    asked.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) return done(null, connectTls({ ...to, socket }));
      socket.destroy();
      done(new Error(`proxy ${proxy.host} answered ${answer.statusCode} to CONNECT`));
    });
    asked.end();
  };
  Reflect.set(agent, "createConnection", createConnection);
  return agent;
}
