import type { Client } from "./client.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import type { Load } from "./load.ts";

/** Ends so many workers under load, by an event that does: each once the one before it is replaced. */
export async function killWorkers(daemon: DaemonProcess, load: Load, client: Client, times: number): Promise<void> {
  for (let killed = 0; killed < times; killed++) {
    await someLoad(daemon, load);
    await client.send({ service: "kill" });
    await daemon.until("the replacement", async () => {
      const { workers } = await daemon.tree();
      return workers.reduce((sum, { replaced }) => sum + replaced, 0) === killed + 1;
    });
  }
}

export async function someLoad(daemon: DaemonProcess, load: Load): Promise<void> {
  const before = load.acked.n;
  await daemon.until("some load", () => load.acked.n > before + 5000);
}
