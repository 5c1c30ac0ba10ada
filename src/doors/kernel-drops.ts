import { readdir, readFile, readlink } from "node:fs/promises";

const TABLES = ["/proc/self/net/udp", "/proc/self/net/udp6"];

/*
 * A line of such a table, as Linux writes it:
 *
 *   sl: local_address:port rem_address:port st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
 */
const LOCAL = 1;
const INODE = 9;
const DROPS = 12;

/** Reads how many datagrams the kernel has dropped because a socket's buffer was full; null where nobody can tell. */
export async function kernelDrops(port: number): Promise<(() => Promise<number | null>) | null> {
  const sockets = await ownSockets();
  for (const table of TABLES)
    for (const fields of await linesOf(table)) {
      const inode = fields[INODE] ?? "";
      if (portOf(fields) === port && sockets.has(inode)) return () => dropsOf(table, inode);
    }
  return null;
}

async function dropsOf(table: string, inode: string): Promise<number | null> {
  const fields = (await linesOf(table)).find((line) => line[INODE] === inode);
  return fields === undefined ? null : Number(fields[DROPS]);
}

/** The inodes of this process's sockets: another's may have the same port at another address. */
async function ownSockets(): Promise<ReadonlySet<string>> {
  const names = await readdir("/proc/self/fd").catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

async function linesOf(table: string): Promise<string[][]> {
  const text = await readFile(table, "latin1").catch(() => "");
  return text.split("\n").map((line) => line.trim().split(/\s+/));
}

function portOf(fields: readonly string[]): number {
  return Number.parseInt(fields[LOCAL]?.split(":")[1] ?? "", 16);
}
