import { Socket, type SocketConstructorOpts } from "node:net";

/**
 * Told how many bytes of the buffer a read filled; the next read overwrites them. False stops reading until
 * `socket.resume()`.
 */
export type OnRead = (length: number) => boolean;

/**
 * Wraps an accepted socket in one that reads into a buffer that all connections share.
 *
 * Node offers `onread` (no buffer allocated per read, no stream machinery: x 1.08 to 1.2 here) to clients only, so the
 * handle changes hands: `Socket` takes one since Node 0.x, and a socket without one is destroyed with nothing to close.
 * When the client has ended its side, the other one stays open.
 */
export function adopt(accepted: Socket, buffer: Buffer, onRead: OnRead): Socket {
  const handle: unknown = Reflect.get(accepted, "_handle");
  Reflect.set(accepted, "_handle", null);
  accepted.destroy();
  const options: SocketConstructorOpts & { handle: unknown; onread: object } = {
    handle,
    allowHalfOpen: true,
    onread: { buffer, callback: onRead },
  };
  const socket = new Socket(options);
  socket.resume();
  return socket;
}
