export { type AlertmanagerOptions, alertmanager } from "./alertmanager.ts";
export type { ChatOptions } from "./chat.ts";
export { type ClickHouseOptions, clickhouse } from "./clickhouse.ts";
export { type DatadogOptions, datadog } from "./datadog.ts";
export { type DiscordOptions, discord } from "./discord.ts";
export { type ElasticsearchOptions, elasticsearch } from "./elasticsearch.ts";
export { type EmailOptions, email } from "./email.ts";
export { type FileOptions, file } from "./file.ts";
export { type ForwardOptions, forward } from "./forward.ts";
export { type GraphiteOptions, graphite } from "./graphite.ts";
export { type InfluxOptions, influxdb } from "./influxdb.ts";
<<<<<<< HEAD
export { type JsmOptions, jsm } from "./jsm.ts";
export { type LokiOptions, loki } from "./loki.ts";
export { type NtfyOptions, ntfy } from "./ntfy.ts";
export { type OtlpOptions, otlp } from "./otlp.ts";
export type { PagerOptions } from "./pager.ts";
export { type PagerdutyOptions, pagerduty } from "./pagerduty.ts";
export { type PushoverOptions, pushover } from "./pushover.ts";
=======
export { type KafkaOptions, kafka } from "./kafka.ts";
export { type LokiOptions, loki } from "./loki.ts";
export { type NatsOptions, nats } from "./nats.ts";
export { type OtlpOptions, otlp } from "./otlp.ts";
export { type PostgresOptions, postgres } from "./postgres.ts";
export { type RedisOptions, redis } from "./redis.ts";
>>>>>>> main
export { type RemoteWriteOptions, remoteWrite } from "./remote-write.ts";
export { type SlackOptions, slack } from "./slack.ts";
export { type SplunkOptions, splunk } from "./splunk.ts";
export { type StdoutOptions, stdout } from "./stdout.ts";
export { type TeamsOptions, teams } from "./teams.ts";
export { type TelegramOptions, telegram } from "./telegram.ts";
export { type WebhookOptions, webhook } from "./webhook.ts";
