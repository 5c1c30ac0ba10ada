import { declareTests } from "./unit-tests.ts";

await declareTests("moving");
