export { type EmailOptions, email } from "./email.ts";
export { type ForwardOptions, forward } from "./forward.ts";
export { type GraphiteOptions, graphite } from "./graphite.ts";
export { type InfluxOptions, influxdb } from "./influxdb.ts";
export { type RemoteWriteOptions, remoteWrite } from "./remote-write.ts";
export { type StdoutOptions, stdout } from "./stdout.ts";
export { type WebhookOptions, webhook } from "./webhook.ts";
