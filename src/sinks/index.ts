export { type EmailOptions, email } from "./email.ts";
export { type StdoutOptions, stdout } from "./stdout.ts";
