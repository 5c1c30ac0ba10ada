import { by, coalesce, folds, match, pipeline, sdo, set } from "fast-ts";
import { graphite } from "./_graphite.ts";

// The statistics of all nodes of a database cluster, combined and sent to Graphite. Each node sends its operations per
// second (service "riak gets", "riak puts") and its latencies ("riak get latency", "riak put latency").

const { GRAPHITE_HOST = "127.0.0.1", GRAPHITE_PORT = "2003" } = process.env;

pipeline("the cluster, to Graphite", [
  match("service", /^riak /),
  // The last event of each node at every tenth second of the clock, combined, with that time: Graphite keeps one point
  // for each ten seconds; a node that falls silent is left out after its ttl, or 60 seconds.
  sdo(
    [match("service", /latency$/), by("service", [coalesce(10, { align: "clock", fold: folds.maximum })])],
    [match("service", /s$/), by("service", [coalesce(10, { align: "clock", fold: folds.sum })])],
  ),
  set({ host: "riak-cluster" }),
  graphite({ host: GRAPHITE_HOST, port: Number(GRAPHITE_PORT) }),
]);
