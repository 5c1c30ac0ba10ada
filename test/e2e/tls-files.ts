import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { cleanUp } from "../clean-up.ts";
import { certificate } from "../doors/certificates.ts";

/** Files of an authority, of a stranger, and of a server and a client that the authority vouches for. */
export function tlsFiles(t: TestContext): (name: string) => string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-tls-"));
  cleanUp(t, () => rmSync(dir, { recursive: true, force: true }));
  const authority = certificate("authority");
  const all = {
    ...{ ca: authority, stranger: certificate("stranger") },
    ...{ server: certificate("server", authority), client: certificate("client", authority) },
  };
  for (const [name, { cert, key }] of Object.entries(all)) {
    writeFileSync(join(dir, `${name}.pem`), cert);
    writeFileSync(join(dir, `${name}.key`), key);
  }
  return (name) => join(dir, name);
}
