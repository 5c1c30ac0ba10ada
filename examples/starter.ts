import { defaults, expired, match, percentiles, pipeline, rate, type Stages, set, stdout, tap } from "fast-ts";

// What Riemann's own first configuration does: an index of everything, the rate of all events, and percentiles.

// HERE COMES THE INDEX, once FastTS has one. Until then a tap shows what would get into it:
// curl -N 127.0.0.1:5556/api/taps/index
const index: Stages = [defaults({ ttl: 60 }), tap("index")];

// (streams index)
pipeline("index", index);

// (with {:metric 1 :host nil :state "ok" :service "events/sec"} (rate 5 index))
pipeline("events per second", [set({ metric: 1, host: null, state: "ok", service: "events/sec" }), rate(5), ...index]);

// (where (service #"^per") (percentiles 5 [0 0.5 0.95 0.99 1] index))
pipeline("percentiles", [match("service", /^per/), percentiles(5, [0, 0.5, 0.95, 0.99, 1]), ...index]);

// (expired (fn [event] (info "expired" event)))
pipeline("expired", [expired(), stdout()]);
