import { pipeline } from "fast-ts";
import { count } from "../count.ts";

pipeline("trivial", [count("trivial")]);
