/** A connection that is made when it is needed, kept, and made anew after it broke. */
export class KeptConnection<Connection> {
  readonly #connect: (broken: () => void, dropped: AbortSignal) => Promise<Connection>;
  readonly #close: (connection: Connection) => unknown;
  #open: Promise<Connection> | null = null;
  #dropped = new AbortController();

  /**
   * @param connect - Calls what it is given when the connection is found to be broken: then it is not kept. The signal is
   * aborted when nobody wants the connection any more, made or not.
   */
  constructor(
    connect: (broken: () => void, dropped: AbortSignal) => Promise<Connection>,
    close: (connection: Connection) => unknown,
  ) {
    this.#connect = connect;
    this.#close = close;
  }

  /** The connection; it is not kept when it cannot be made. */
  get(): Promise<Connection> {
    if (this.#open !== null) return this.#open;
    this.#dropped = new AbortController();
    const open: Promise<Connection> = this.#connect(() => {
      if (this.#open === open) this.drop();
    }, this.#dropped.signal);
    this.#open = open;
    open.catch(() => {
      if (this.#open === open) this.#open = null;
    });
    return open;
  }

  /** Closes it: the next one who asks gets another. */
  drop(): void {
    const open = this.#open;
    this.#open = null;
    this.#dropped.abort();
    open?.then(this.#close).catch(() => {});
  }
}
