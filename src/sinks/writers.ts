import type { WriterKinds } from "../core/target-port.ts";

/** The writers of targets that have one in the process, by the `kind` of their specs: modules that export `open`. */
export const WRITERS: WriterKinds = {
  email: () => import("./smtp.ts"),
  file: () => import("./file-writer.ts"),
  prometheus: () => import("./prometheus-writer.ts"),
};
