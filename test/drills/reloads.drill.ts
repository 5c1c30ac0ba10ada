import { reloadUnderLoad } from "../e2e/reloading.ts";
import { drill } from "./drill.ts";

drill("reloads under full load, some of them broken, lose no event and no state, and leave nothing", 30, async (run) =>
  run.say(await reloadUnderLoad(run.t, 1, run.times)),
);
