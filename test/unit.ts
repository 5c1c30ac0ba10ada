import { declareTests } from "./unit-tests.ts";

// All of them, one after the other. `npm run test:unit` has two processes side by side.
await declareTests("all");
