import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps a server's open connections at `max`: a new one beyond that takes the place of the one that has been idle the
 * longest, or else, of the one whose request is the oldest. So a client that holds idle connections, or does not read,
 * keeps nobody out.
 */
export function limitConnections(server: Server, max: number): void {
  // A set iterates in the order of insertion. Half a request is idle.
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on("connection", (socket) => {
    if (idle.size + busy.size >= max) {
      const [oldest] = idle.size > 0 ? idle : busy;
      if (oldest !== undefined) forget(oldest);
      oldest?.destroy();
    }
    idle.add(socket);
    socket.once("close", () => forget(socket));
  });
  server.on("request", ({ socket }, response) => {
    if (!idle.delete(socket)) return;
    busy.add(socket);
    response.once("close", () => {
      if (busy.delete(socket)) idle.add(socket);
    });
  });

  function forget(socket: Socket): void {
    idle.delete(socket);
    busy.delete(socket);
  }
}
