/** What answers queries. */
export interface QueryPort {
  /**
   * Resolves with the whole answer, a Msg with its length in front (`ok=true` with events, or `ok=false` with an
   * error). Never rejects.
   *
   * @param query - Up to 64 Ki characters; "" when the message has a query without a string.
   */
  ask(query: string): Promise<Buffer>;
}
