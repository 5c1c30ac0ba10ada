/** A connection that is made when it is needed, kept, and made anew after it broke. */
export class KeptConnection<Connection> {
  readonly #connect: (broken: () => void) => Promise<Connection>;
  readonly #close: (connection: Connection) => unknown;
  #open: Promise<Connection> | null = null;

  /** @param connect - Calls what it is given when the connection is found to be broken: then it is not kept. */
  constructor(connect: (broken: () => void) => Promise<Connection>, close: (connection: Connection) => unknown) {
    this.#connect = connect;
    this.#close = close;
  }

  /** The connection; it is not kept when it cannot be made. */
  get(): Promise<Connection> {
    if (this.#open !== null) return this.#open;
    const open: Promise<Connection> = this.#connect(() => {
      if (this.#open === open) this.drop();
    });
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
