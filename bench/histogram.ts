const STEPS = 64;

/** Latencies in microseconds: exact below 64, then 64 steps for each power of two (within 1.6 %). */
export class Histogram {
  readonly #counts = new Float64Array(32 * STEPS);
  #total = 0;

  add(microseconds: number): void {
    const whole = Math.max(0, Math.min(2 ** 31 - 1, Math.floor(microseconds)));
    const power = Math.max(6, 31 - Math.clz32(whole));
    const slot = (power - 6) * STEPS + (whole >> (power - 6));
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#total++;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The latency that the share `q` of all does not exceed. */
  quantile(q: number): number {
    let left = Math.max(1, q * this.#total);
    const slot = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    if (slot < STEPS * 2) return Math.max(0, slot);
    const power = Math.floor(slot / STEPS) + 5;
    return ((slot % STEPS) + STEPS + 0.5) * 2 ** (power - 6);
  }
}
