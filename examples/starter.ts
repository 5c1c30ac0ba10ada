import {
  defaults,
  expired,
  index,
  match,
  notExpired,
  percentiles,
  pipeline,
  rate,
  type Stages,
  set,
  stdout,
} from "fast-ts";

// What Riemann's own first configuration does: an index of everything, the rate of all events, and percentiles. Ask it:
// curl -G 127.0.0.1:5556/api/index --data-urlencode 'query=service = "events/sec"'
const indexed: Stages = [defaults({ ttl: 60 }), index()];

// (streams index)
pipeline("index", indexed);

// (with {:metric 1 :host nil :state "ok" :service "events/sec"} (rate 5 index))
// What expires is no event of a client's: counted, this rate would expire, be counted, and so on for ever.
pipeline("events per second", [
  notExpired(),
  set({ metric: 1, host: null, state: "ok", service: "events/sec" }),
  rate(5),
  ...indexed,
]);

// (where (service #"^per") (percentiles 5 [0 0.5 0.95 0.99 1] index))
pipeline("percentiles", [match("service", /^per/), percentiles(5, [0, 0.5, 0.95, 0.99, 1]), ...indexed]);

// (expired (fn [event] (info "expired" event)))
pipeline("expired", [expired(), stdout()]);
