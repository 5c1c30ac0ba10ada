import { MessageChannel, type MessagePort } from "node:worker_threads";

interface Sent {
  /** The number of its first event. */
  readonly first: number;
  readonly bytes: SharedArrayBuffer;
}

/** Runs of frames that are too long for the ring: sent to the thread as messages, and kept until it is done with them. */
export class AsideFrames {
  #port: MessagePort | null = null;
  #unread: Sent[] = [];

  /** Sends a run to the thread, if there is one. The first `done` of all events are dealt with. */
  send(bytes: SharedArrayBuffer, first: number, done: number): void {
    this.#forget(done);
    this.#unread.push({ first, bytes });
    this.#port?.postMessage(bytes);
  }

  /** A thread begins, which has yet to deal with the events from number `done` on. Returns its end of the way. */
  open(done: number): MessagePort {
    this.#forget(done);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    for (const { bytes } of this.#unread) port1.postMessage(bytes);
    return port2;
  }

  /** The thread is gone. */
  close(): void {
    this.#port?.close();
    this.#port = null;
  }

  #forget(done: number): void {
    this.#unread = this.#unread.filter(({ first }) => first >= done);
  }
}
