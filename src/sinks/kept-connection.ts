/** A connection that is made when it is needed, kept, and made anew after it broke. */
export class KeptConnection<Connection> {
  readonly #connect: () => Promise<Connection>;
  readonly #close: (connection: Connection) => unknown;
  #open: Promise<Connection> | null = null;

  constructor(connect: () => Promise<Connection>, close: (connection: Connection) => unknown) {
    this.#connect = connect;
    this.#close = close;
  }

  /** The connection; it is not kept when it cannot be made. */
  get(): Promise<Connection> {
    if (this.#open !== null) return this.#open;
    const open = this.#connect();
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
    open?.then(this.#close).catch(() => {});
  }
}
