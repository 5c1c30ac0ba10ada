import { declareTests } from "./unit-tests.ts";

// All of them in one process, one after the other; `npm run test:unit` has three side by side.
await declareTests("all");
