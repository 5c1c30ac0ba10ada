export { count } from "./count.ts";
export { difference, quotient, quotientSloppy } from "./difference.ts";
export { maximum, minimum } from "./extremes.ts";
export { mean, stdDev } from "./mean.ts";
export { mode, modes } from "./modes.ts";
export { median, sample } from "./sample.ts";
export { product, sum } from "./sum.ts";
