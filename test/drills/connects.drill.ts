import { connectOften } from "../e2e/attacks.ts";
import { drill } from "./drill.ts";

drill("many quick connections all get their answer", 10_000, async ({ t, times }) => connectOften(t, times));
