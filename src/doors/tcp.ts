import { adopt } from "./shared-buffer-socket.ts";
import { StreamDoor, type StreamDoorOptions } from "./stream-door.ts";

/** Maximum bytes of one read; all connections read into the same memory. */
const MAX_READ_BYTES = 256 * 1024;

/**
 * Opens the door for Riemann's clients over TCP.
 *
 * @throws FastTsError `FTS_START` when the port cannot be opened.
 */
export function openTcp(options: StreamDoorOptions): Promise<StreamDoor> {
  const { host, port } = options;
  const buffer = Buffer.allocUnsafeSlow(MAX_READ_BYTES);
  return StreamDoor.listen(options, {
    name: "tcp",
    target: { protocol: "TCP", host, port, hostFlag: "--host", portFlag: "--port" },
    notAfter: null,
    welcome: (accepted, _peer, _counts, open) => open(accepted),
    attach: (accepted, onRead) => adopt(accepted, buffer, (length) => onRead(buffer, length)),
    reload: () => Promise.resolve(true),
    stop: () => {},
  });
}
