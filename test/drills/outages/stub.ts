import { openSync, writeSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { decodeMsg, encodeFrame } from "../../../src/wire/codec.ts";
import { ACK, frameLength, HEADER } from "../../../src/wire/frames.ts";
import { DIALOGUES } from "./dialogues.ts";
import type { Mood } from "./mood.ts";

/*
 * A target, in a process of its own: what it has got is in a file before it answers, so that it may be killed at any time.
 *   node stub.js KIND PORT FILE [PORT BEHIND]
 */
const [kind = "", port = "0", file = "", behind = "0"] = process.argv.slice(2);
const log = openSync(file, "a");
const open = new Set<Socket>();
/** What they say is not heard any more: a server that left out a message answers none behind it. */
const mute = new WeakSet<Socket>();
let mood: Mood = "well";
process.on("message", (message: Mood) => {
  mood = message;
  if (mood === "cuts" || mood === "well") for (const socket of open) if (kind === "proxy") socket.destroy();
  process.send?.("done");
});
process.on("disconnect", () => process.exit());

const SERVERS: Readonly<Record<string, () => Server>> = { riemann, carbon, smtp, proxy };
const server = (SERVERS[kind] ?? web)();
server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" && address !== null ? address.port : 0);
});

/** Writes down what has come: the number of each event, `e17` as 17. */
function note(services: readonly (string | null | undefined)[]): void {
  writeSync(
    log,
    Uint32Array.from(services, (service) => Number(service?.slice(1))),
  );
}

/** A server of bytes; `serve` is given what has come and returns what is left. */
function bytes(serve: (socket: Socket, held: Buffer) => Buffer, greeting = ""): Server {
  return createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    let held: Buffer = Buffer.alloc(0);
    if (greeting !== "" && mood !== "silent") socket.write(greeting);
    socket.on("data", (chunk: Buffer) => {
      if (!mute.has(socket)) held = serve(socket, Buffer.concat([held, chunk]));
    });
  });
}

function riemann(): Server {
  return bytes((socket, held) => {
    let rest = held;
    while (!mute.has(socket) && rest.length >= HEADER && rest.length >= HEADER + frameLength(rest, 0)) {
      const end = HEADER + frameLength(rest, 0);
      const { events = [] } = decodeMsg(rest.subarray(HEADER, end));
      rest = rest.subarray(end);
      if (mood === "silent") mute.add(socket);
      if (mute.has(socket)) break;
      if (mood === "refuses") {
        socket.write(encodeFrame({ ok: false, error: "overloaded" }));
        continue;
      }
      note(events.map(({ service }) => service));
      if (mood === "cuts") {
        mute.add(socket);
        socket.end(ACK.subarray(0, 5));
      } else socket.write(ACK);
    }
    return rest;
  });
}

/** Carbon reads as fast as it can, and answers nothing. */
function carbon(): Server {
  return bytes((socket, held) => {
    if (mood === "cuts") socket.destroy();
    if (mood !== "well") return held;
    const end = held.lastIndexOf(10) + 1;
    const lines = held.subarray(0, end).toString().split("\n");
    note(lines.slice(0, -1).map((line) => line.slice(line.lastIndexOf(".", line.indexOf(" ")) + 1, line.indexOf(" "))));
    return held.subarray(end);
  });
}

function smtp(): Server {
  return bytes((socket, held) => {
    const text = held.toString("latin1");
    if (mood === "silent") return held;
    const mail = /\r\n\.\r\n$/.test(text);
    if (!mail && !/^(EHLO|HELO|MAIL|RCPT|DATA|RSET|NOOP|QUIT)\b.*\r\n$/.test(text)) return held;
    if (mail) {
      if (mood === "refuses") socket.write("451 4.3.0 not now\r\n");
      else {
        note([/^Subject:.*?\b(e\d+)\b/m.exec(text)?.[1]]);
        if (mood === "cuts") socket.end("25");
        else socket.write("250 taken\r\n");
      }
    } else socket.write(text.startsWith("DATA") ? "354 go on\r\n" : "250 yes\r\n");
    return Buffer.alloc(0);
  }, "220 here\r\n");
}

/** Before a real server, whose moods these are. */
function proxy(): Server {
  return createServer((socket) => {
    const there = connect(Number(behind), "127.0.0.1");
    const ends = [socket, there] as const;
    for (const [at, end] of ends.entries()) {
      const other = ends[1 - at];
      open.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        open.delete(end);
        other?.destroy();
      });
      end.on("data", (chunk: Buffer) => {
        if (mood === "silent") return;
        if (mood === "cuts" && end === there) other?.write(chunk.subarray(0, 3), () => end.destroy());
        else other?.write(chunk);
      });
    }
  });
}

function web(): Server {
  return createHttpServer({ requestTimeout: 0 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks)));
  });
}

function answer({ url = "" }: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const dialogue = DIALOGUES[kind];
  if (dialogue === undefined) throw new Error(`nobody knows how to answer ${kind} at ${url}`);
  const { read, well = () => "", refusal = 500 } = dialogue;
  if (mood === "silent") return;
  if (mood === "refuses") return void response.writeHead(refusal).end();
  const services = read(body);
  note(services);
  if (mood === "well") return void response.writeHead(200).end(well(services.length));
  response.writeHead(200, { "content-length": "10" });
  response.write("half", () => response.destroy());
}
