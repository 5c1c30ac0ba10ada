import assert from "node:assert/strict";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { amqp } from "../../src/sinks/amqp.ts";
import { kafka } from "../../src/sinks/kafka.ts";
import { mqtt } from "../../src/sinks/mqtt.ts";
import { nats } from "../../src/sinks/nats.ts";
import { postgres } from "../../src/sinks/postgres.ts";
import { redis } from "../../src/sinks/redis.ts";

// What they send is tried with the real servers: test/e2e/sinks-kafka.test.ts and its kin.

const WRONG: Readonly<Record<string, readonly (readonly [() => unknown, RegExp])[]>> = {
  amqp: [
    [() => amqp("a:5672", { exchange: "e", routingKey: "k" }), /amqp\(url\): must be a URL such as "amqp:/],
    [() => amqp("amqp://a", { routingKey: "k" } as never), /amqp\(exchange\): must be the name of an exchange, "" for/],
    [
      () => amqp("amqp://a", { exchange: "e" } as never),
      /amqp\(routingKey\): must be a routing key of at most 255 bytes/,
    ],
    [
      () => amqp("amqp://a", { exchange: "e", routingKey: "ü".repeat(128) }),
      /amqp\(routingKey\): must be a routing key/,
    ],
    [
      () => amqp("amqp://a", { exchange: "e", routingKey: "k", mandatory: 1 as never }),
      /amqp\(mandatory\): must be true/,
    ],
  ],
  mqtt: [
    [() => mqtt("http://a", { topic: "a" }), /mqtt\(url\): must be a URL such as "mqtt:/],
    [() => mqtt("mqtt://a", { topic: "a/#" }), /mqtt\(topic\): must be a topic without \+ and #/],
    [() => mqtt("mqtt://a", { topic: "a", qos: 3 as never }), /mqtt\(qos\): must be 0, 1 or 2, got 3/],
    [() => mqtt("mqtt://a", { topic: "a", version: "4" as never }), /mqtt\(version\): must be one of "3.1.1", "5"/],
  ],
  kafka: [
    [() => kafka([], { topic: "a" }), /kafka\(brokers\): must name a broker, got none/],
    [
      () => kafka("http://a:9092", { topic: "a" }),
      /kafka\(brokers\): must be an address such as "kafka.example.com:9092"/,
    ],
    [() => kafka("a:9092", {} as never), /kafka\(topic\): must be a string that is not empty, got undefined/],
    [
      () => kafka("a:9092", { topic: "a", ssl: { cafile: "a" } as never }),
      /kafka: ssl\(options\): there is no option "cafile"/,
    ],
    [() => kafka("a:9092", { topic: "a", key: "host" as never }), /kafka\(key\): must be a function/],
  ],
  nats: [
    [() => nats("a:4222", { subject: "a" }), /nats\(url\): must be a URL such as "nats:/],
    [() => nats("nats://a", { subject: "a.*" }), /nats\(subject\): must be a subject such as "events.critical"/],
    [() => nats("nats://a", { subject: "a", jetstream: 1 as never }), /nats\(jetstream\): must be true or false/],
  ],
  postgres: [
    [() => postgres("mysql://a", { table: "a" }), /postgres\(url\): must be a URL such as "postgres:/],
    [() => postgres("postgres://a", { table: "a; drop" }), /postgres\(table\): must be the name of a table/],
  ],
  redis: [
    [() => redis("a:6379", { stream: "a" }), /redis\(url\): must be a URL such as "redis:/],
    [() => redis("redis://a", {}), /redis\(stream\): must be a string that is not empty, got undefined/],
    [() => redis("redis://a", { stream: "a", channel: "b" }), /takes stream or channel, not both/],
    [() => redis("redis://a", { stream: "a", maxLength: 0 }), /redis\(maxLength\): must be a whole number >= 1, got 0/],
  ],
};

for (const [sink, cases] of Object.entries(WRONG))
  test(`${sink}: a wrong option says what it must be`, () => {
    for (const [make, message] of cases)
      assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
  });
