import { adopt } from "./shared-buffer-socket.ts";
import { StreamDoor, type StreamDoorOptions } from "./stream-door.ts";

/** Maximum bytes of one read; all connections read into the same memory. */
const READ_BYTES = 256 * 1024;

export interface TcpOptions extends Omit<StreamDoorOptions, "name" | "target"> {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/**
 * Opens the door for Riemann's clients over TCP.
 *
 * @throws FastTsError `FTS_START` when the port cannot be opened.
 */
export function openTcp(options: TcpOptions): Promise<StreamDoor> {
  const { host, port } = options;
  const target = { protocol: "TCP", host, port, hostFlag: "--host", portFlag: "--port" };
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return StreamDoor.listen({ ...options, name: "tcp", target }, (accepted, onRead) =>
    adopt(accepted, buffer, (length) => onRead(buffer, length)),
  );
}
