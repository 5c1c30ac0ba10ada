import { hostname, networkInterfaces } from "node:os";
import type { PeerAddress } from "../core/stage.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/** A pipeline that sends to a port of the router it runs in would get each of its events again. */
export function checkOwnPorts(
  pipelines: readonly DryRunPipeline[],
  own: readonly PeerAddress[],
  severity: Problem["severity"],
): readonly Problem[] {
  return pipelines.flatMap(({ name: pipeline, file, line, column, source, edges }) =>
    edges.flatMap(({ name, to = [] }) => {
      const peer = to.find((one) => own.some((port) => isSame(one, port)));
      if (peer === undefined) return [];
      const message =
        `pipeline ${JSON.stringify(pipeline)}: ${name} sends to ${peer.host}:${peer.port}, which is this router's own port: ` +
        "its events would come back; name another router, or use publish and subscribe";
      return [{ file, line, column, source, message, severity }];
    }),
  );
}

function isSame(peer: PeerAddress, own: PeerAddress): boolean {
  return peer.transport === own.transport && peer.port === own.port && reaches(peer.host, own.host);
}

const ALL_ADDRESSES = ["0.0.0.0", "::", ""];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)$/;

/** Whether what is sent to a host of this name comes to a port that listens on `own`. */
function reaches(host: string, own: string): boolean {
  const isOnAll = ALL_ADDRESSES.includes(own);
  if (host === own) return true;
  if (LOOPBACK.test(host)) return isOnAll || LOOPBACK.test(own);
  return isOnAll && isThisMachine(host);
}

function isThisMachine(host: string): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return host === hostname() || addresses.some(({ address }) => address === host);
}
