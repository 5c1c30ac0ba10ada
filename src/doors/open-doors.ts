import type { PeerAddress } from "../core/stage.ts";
import type { Door } from "../ingest/door.ts";
import type { DaemonSettings } from "../settings.ts";
import { AddressFilter, ALL_NETWORKS } from "./address-filter.ts";
import type { StreamDoorOptions } from "./stream-door.ts";
import { openTcp } from "./tcp.ts";
import { openTls } from "./tls.ts";
import { UdpDoor } from "./udp.ts";

/** Maximum attempts to find a number that is free for TCP and UDP. */
const MAX_TRIES = 50;

/** The options of the doors, as the daemon has them. */
export type DoorSettings = Pick<
  DaemonSettings,
  | "host"
  | "port"
  | "udpPort"
  | "udpBuffer"
  | "tlsPort"
  | "tlsCert"
  | "tlsKey"
  | "tlsCa"
  | "tlsClient"
  | "allow"
  | "tcpQueries"
  | "maxFrame"
>;

type Shared = Pick<StreamDoorOptions, "admission" | "queryLimiter" | "clock" | "log">;

/**
 * Opens the doors for Riemann's clients: TCP, and UDP and TLS as the settings say. Each is added to `doors` as soon as it
 * is open.
 *
 * @throws FastTsError `FTS_START` when a port cannot be opened, or a certificate cannot be used.
 */
export async function openDoors(doors: Door[], settings: DoorSettings, shared: Shared): Promise<void> {
  const { host, port, udpPort, maxFrame, tcpQueries, tlsPort, tlsCert, tlsKey, tlsCa, tlsClient } = settings;
  const allow = new AddressFilter(settings.allow);
  const allowQueries = new AddressFilter(tcpQueries === true ? ALL_NETWORKS : tcpQueries === false ? [] : tcpQueries);
  const options = { host, port, maxFrame, allow, allowQueries, ...shared };
  if (port === 0 && udpPort === 0) {
    doors.push(...(await openPair(options, settings.udpBuffer)));
  } else {
    const tcp = await openTcp(options);
    doors.push(tcp);
    if (udpPort !== false)
      doors.push(await UdpDoor.listen({ ...options, host: tcp.host, port: udpPort, bufferBytes: settings.udpBuffer }));
  }
  if (tlsPort === false || tlsCert === false || tlsKey === false) return;
  const paths = { cert: tlsCert, key: tlsKey, ca: tlsCa };
  doors.push(await openTls({ ...options, port: tlsPort, paths, client: tlsClient }));
}

/** The ports that are listened on; before they are open, those that will be. */
export function listening(doors: readonly Door[], settings: DoorSettings): readonly PeerAddress[] {
  const { host, port, udpPort, tlsPort } = settings;
  if (doors.length > 0) return doors.map((door) => ({ transport: door.name, host, port: door.port }));
  const ports = { tcp: port, udp: udpPort, tls: tlsPort };
  return Object.entries(ports).flatMap(([transport, number]) =>
    number === false ? [] : [{ transport, host, port: number }],
  );
}

/** TCP and UDP at one number that is free for both: clients are given one address. */
async function openPair(options: StreamDoorOptions, bufferBytes: number, tries = 1): Promise<Door[]> {
  const tcp = await openTcp(options);
  try {
    return [tcp, await UdpDoor.listen({ ...options, host: tcp.host, port: tcp.port, bufferBytes })];
  } catch (thrown) {
    await tcp.stop();
    if (tries >= MAX_TRIES) throw thrown;
    return openPair(options, bufferBytes, tries + 1);
  }
}
