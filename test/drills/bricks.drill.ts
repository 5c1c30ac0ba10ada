import { repeatedFields } from "../../bench/repeated-fields.ts";
import { sendBricks } from "../e2e/sending-bricks.ts";
import { drill } from "./drill.ts";

drill("messages of 16 MiB of one field harm nobody else, be it any field", 12, async ({ t, times, say }) => {
  const all = repeatedFields();
  say(`${Math.min(times, all.length)} of ${all.length} fields`);
  await sendBricks(t, all.slice(0, times));
});
