import { changedState, filter, kafka, match, nats, pipeline, redis } from "fast-ts";

// Other programs read along: Kafka has every event, those of a host in order; NATS a subject for each state, for programs
// that act on changes; Redis the newest hundred thousand log lines, for a page that shows them.
// Each needs its driver beside the routes: npm install kafkajs @nats-io/transport-node ioredis

const {
  KAFKA = "127.0.0.1:9092",
  NATS_URL = "nats://127.0.0.1:4222",
  REDIS_URL = "redis://127.0.0.1:6379",
} = process.env;

pipeline("everything, to Kafka", [kafka(KAFKA.split(","), { topic: "events" })]);

pipeline("changes, to NATS", [
  changedState({ init: "ok" }),
  nats(NATS_URL, { subject: ({ state }) => `changes.${state ?? "none"}` }),
]);

pipeline("log lines, to Redis", [
  match("service", /^log\b/),
  filter((e) => e.description !== null),
  redis(REDIS_URL, { stream: "log", maxLength: 100_000 }),
]);
