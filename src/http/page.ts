import type { ServerResponse } from "node:http";

/** An answer that is whole when it is sent. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export function plain(status: number, text: string, headers: Page["headers"] = {}): Page {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

export function json(status: number, value: unknown): Page {
  return { status, type: "application/json", body: `${JSON.stringify(value, null, 2)}\n` };
}

/** Node leaves the body out by itself where the request was HEAD. */
export function send(response: ServerResponse, { status, type, body, headers }: Page): void {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const basic = { "Content-Type": type, "Content-Length": length, "Cache-Control": "no-store" };
  response.writeHead(status, { ...basic, ...headers });
  response.end(body);
}
