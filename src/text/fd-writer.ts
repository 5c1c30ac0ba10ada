import { constants, fstatSync, openSync, write } from "node:fs";
import { Socket } from "node:net";

/** Writes `text` whole, then calls `done`, with an error when it could not. One call at a time. */
export type Write = (text: string, done: Done) => void;
export type Done = (error?: Error) => void;

/**
 * Writes to a file descriptor without ever blocking the thread.
 *
 * Pipes and sockets are written through the event loop: a `write` in libuv's thread pool would sleep while nobody
 * reads, and a process with a thread asleep in `write` cannot exit. (`process.stdout` blocks on a pipe.)
 */
export function fdWriter(fd: number): Write {
  let chosen: Write | null = null;
  return (text, done) => {
    chosen ??= isPipe(fd) ? socketWriter(fd) : fileWriter(fd);
    chosen(text, done);
  };
}

function isPipe(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

function socketWriter(fd: number): Write {
  const socket = new Socket({ fd: ownDescription(fd), readable: false, writable: true });
  socket.on("error", () => {}); // each write is told by its callback
  return (text, done) => socket.write(text, (error) => done(error ?? undefined));
}

/** "Non-blocking" belongs to the open pipe, not to the descriptor: opening it again does not affect who shares ours. */
function ownDescription(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd; // not Linux, a socket, or a pipe that another user made
  }
}

function fileWriter(fd: number): Write {
  return (text, done) => {
    const bytes = Buffer.from(text);
    const writeFrom = (from: number): void => {
      write(fd, bytes, from, bytes.length - from, null, (error, written) => {
        if (error?.code === "EAGAIN")
          setImmediate(writeFrom, from); // a terminal that somebody made non-blocking
        else if (error !== null) done(error);
        else if (from + written < bytes.length) writeFrom(from + written);
        else done();
      });
    };
    writeFrom(0);
  };
}
