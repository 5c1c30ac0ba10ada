import { starveWorker } from "../e2e/starving.ts";
import { drill } from "./drill.ts";

drill("a worker that gets hardly any processor is not taken for hung, and nothing is lost", 2, async ({ t, times }) => {
  for (let n = 0; n < times; n++) await starveWorker(t, 7);
});
