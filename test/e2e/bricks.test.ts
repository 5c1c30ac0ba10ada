import { test } from "node:test";
import { repeatedFields } from "../../bench/repeated-fields.ts";
import { sendBricks } from "./sending-bricks.ts";

/** Of each kind one; all of them are the drill `bricks`. */
const CHOSEN = /^Event (attributes, new|tags, new|host, new|group)|^Msg (events, (1|new)|query, short)/;

test("messages of 16 MiB of one field harm nobody else", (t) =>
  sendBricks(
    t,
    repeatedFields().filter(({ name }) => CHOSEN.test(name)),
  ));
