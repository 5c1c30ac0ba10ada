import { filter, pipeline } from "fast-ts";
import { seen } from "../seen.ts";

pipeline("one", [filter((event) => event.state !== "expired"), seen("one")]);
pipeline("two", [filter((event) => event.service !== "none"), seen("two")]);
