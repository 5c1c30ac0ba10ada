import { changedState, defaults, filter, forward, index, pipeline } from "fast-ts";

// A router at the edge, beside the hosts of a site: the centre gets metrics and the changes of states, from the second
// router when the first is away. What waits for it can outlive this process: { spill: true } and --data.

const { CENTRE = "riemann1.example.com:5555,riemann2.example.com:5555", SITE = "berlin" } = process.env;

// An event that is repeated without need stays here.
pipeline("metrics to the centre", [
  filter((e) => e.metric !== null),
  defaults({ "attributes.site": SITE }),
  forward(CENTRE.split(","), { name: "centre" }),
]);

pipeline("changes to the centre", [
  filter((e) => e.metric === null),
  changedState({ init: "ok" }),
  forward(CENTRE.split(","), { name: "centre" }),
]);

// Who looks at this site alone can ask here.
pipeline("this site", [index()]);
