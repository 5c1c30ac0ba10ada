import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Cancel } from "../core/clock.ts";
import type { Door } from "../ingest/door.ts";
import { type DoorReport, newDoorCounts } from "../ingest/report.ts";
import { cannotListen } from "../listening.ts";
import { HEADER } from "../wire/frames.ts";
import { RIEMANN } from "../wire/message-codecs.ts";
import { kernelDrops } from "./kernel-drops.ts";
import { Peer } from "./peer.ts";
import type { DoorOptions } from "./stream-door.ts";

const MAX_DATAGRAM_BYTES = 65_536;
/** So often the kernel is asked what it dropped. */
const DROPS_SECONDS = 1;

export interface UdpDoorOptions extends DoorOptions {
  /** What the kernel is asked to keep of datagrams that are not read yet, bytes. */
  readonly bufferBytes: number;
}

/**
 * The door for Riemann's clients over UDP: one message without its length in each datagram, never answered. Nobody waits
 * here: what cannot be taken at once is dropped, counted. A query is not asked, as there is no answer.
 */
export class UdpDoor implements Door {
  readonly name = "udp";
  readonly #options: UdpDoorOptions;
  readonly #socket: Socket;
  readonly #counts = newDoorCounts();
  /** A datagram with the length in front, as messages stand in the ring and in captures. */
  readonly #frame = Buffer.allocUnsafeSlow(HEADER + MAX_DATAGRAM_BYTES);
  #seen = 0;
  #cancelLook: Cancel = () => {};

  private constructor(options: UdpDoorOptions) {
    this.#options = options;
    const type = isIPv6(options.host) ? "udp6" : "udp4";
    this.#socket = createSocket({ type, recvBufferSize: options.bufferBytes });
    this.#socket.on("message", (bytes, sender) => this.#received(bytes, sender));
  }

  /**
   * Opens the port.
   *
   * @throws FastTsError `FTS_START` when it cannot be opened.
   */
  static async listen(options: UdpDoorOptions): Promise<UdpDoor> {
    const { host, port, log, clock } = options;
    const door = new UdpDoor(options);
    try {
      door.#socket.bind({ address: host, port, exclusive: true });
      await once(door.#socket, "listening");
    } catch (thrown) {
      const flags = { hostFlag: "--host", portFlag: "--udp-port", isOptional: true };
      throw cannotListen(thrown, { protocol: "UDP", host, port, ...flags });
    }
    door.#socket.on("error", (error) => log.error("listener failed", { door: "udp", error: error.message }));
    door.#tellBuffer();
    const drops = await kernelDrops(door.port);
    if (drops !== null) door.#cancelLook = clock.every(DROPS_SECONDS, () => void door.#look(drops));
    return door;
  }

  get host(): string {
    return this.#socket.address().address;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get report(): DoorReport {
    return { name: this.name, notAfter: null, ...this.#counts };
  }

  reload(): Promise<boolean> {
    return Promise.resolve(true);
  }

  stop(): Promise<void> {
    this.#cancelLook();
    return new Promise((resolve) => this.#socket.close(resolve));
  }

  #received(bytes: Buffer, sender: RemoteInfo): void {
    const { admission, allow, maxFrame } = this.#options;
    const counts = this.#counts;
    counts.frames++;
    counts.bytesIn += bytes.length;
    if (!allow.allows(sender.address)) {
      counts.denied++;
      return this.#tell("address not allowed", sender, "--allow does not name it");
    }
    if (bytes.length > maxFrame) {
      counts.oversized++;
      const reason = `datagram of ${bytes.length} bytes is longer than the limit of ${maxFrame}: raise max-frame`;
      return this.#tell("message too long", sender, reason);
    }
    if (admission.mustDrop) {
      counts.dropped++;
      return this.#tell("datagrams dropped", sender, "the pipelines cannot keep up, and UDP does not wait");
    }
    this.#take(bytes, sender);
  }

  #take(bytes: Buffer, sender: RemoteInfo): void {
    const { admission } = this.#options;
    const frame = this.#frame;
    const end = HEADER + bytes.length;
    frame.writeUInt32BE(bytes.length);
    bytes.copy(frame, HEADER);
    const found = admission.intake.check(RIEMANN, frame, HEADER, end);
    if (found < 0) {
      this.#counts.decodeErrors++;
      return this.#tell("malformed message", sender, `message ${admission.intake.problem(RIEMANN, HEADER)}`);
    }
    admission.intake.append(RIEMANN, frame, 0, end, 1, found >> 1);
    admission.appended();
  }

  #tell(what: string, { address, port }: RemoteInfo, reason: string): void {
    this.#options.admission.refusals.tell(this.name, what, new Peer(address, port).text, reason);
  }

  /** Says once when the kernel grants less than was asked for. Linux reports twice what it grants. */
  #tellBuffer(): void {
    const { bufferBytes, log } = this.#options;
    const granted = this.#socket.getRecvBufferSize() / (process.platform === "linux" ? 2 : 1);
    if (granted >= bufferBytes) return;
    const hint = "bursts of datagrams may be lost: raise net.core.rmem_max, or lower --udp-buffer";
    log.info("the kernel grants a smaller UDP buffer than asked", { asked: bufferBytes, granted, hint });
  }

  /** The kernel drops only what it could not keep until it was read: without datagrams there is nothing to look at. */
  async #look(drops: () => Promise<number | null>): Promise<void> {
    if (this.#seen === this.#counts.frames) return;
    this.#seen = this.#counts.frames;
    const dropped = await drops();
    if (dropped === null || dropped <= this.#counts.kernelDropped) return;
    const more = dropped - this.#counts.kernelDropped;
    this.#counts.kernelDropped = dropped;
    const reason = "the socket's buffer was full: raise --udp-buffer and net.core.rmem_max";
    this.#options.admission.refusals.tell(this.name, "datagrams dropped by the kernel", null, reason, more);
  }
}
