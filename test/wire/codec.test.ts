import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { event, newEvent } from "../../src/core/event.ts";
import { decodeMsg, encodeFrame, encodeMsg, toWire } from "../../src/wire/codec.ts";

suite("codec", () => {
  test("a frame is the length of the message and the message", () => {
    const msg = { ok: false, error: "no index" };
    const frame = encodeFrame(msg);
    assert.equal(frame.readUInt32BE(0), frame.length - 4);
    assert.deepStrictEqual(frame.subarray(4), encodeMsg(msg));
    assert.deepStrictEqual(decodeMsg(frame.subarray(4)), msg);
  });

  test("64-bit integers are exact as strings", () => {
    const events = [
      { metric_sint64: "-9223372036854775808", time: "9223372036854775807", time_micros: "9007199254740993" },
    ];
    assert.deepStrictEqual(decodeMsg(encodeMsg({ events })), { events });
  });

  test("absent fields stay absent, and zero, false and empty are sent", () => {
    const msg = {
      ok: false,
      error: "",
      events: [{ host: "", metric_d: 0, ttl: 0, attributes: [{ key: "", value: "" }] }],
    };
    assert.deepStrictEqual(decodeMsg(encodeMsg(msg)), msg);
    assert.deepStrictEqual(decodeMsg(encodeMsg({})), {});
  });

  test("a whole number is written as sint64 and another one as double, each with a float for old readers", () => {
    assert.deepStrictEqual(toWire(event({ time: 1.5, metric: 3 })), {
      time: 1,
      time_micros: 1_500_000,
      metric_sint64: 3,
      metric_f: 3,
    });
    assert.deepStrictEqual(toWire(event({ time: 0, metric: 0.5 })), {
      time: 0,
      time_micros: 0,
      metric_d: 0.5,
      metric_f: 0.5,
    });
    assert.deepStrictEqual(toWire(event({ time: 0, metric: -0 })), {
      time: 0,
      time_micros: 0,
      metric_d: -0,
      metric_f: -0,
    });
  });

  test("a double that no float can hold is written without one", () => {
    assert.deepStrictEqual(toWire(event({ time: 0, metric: 1e300 })), { time: 0, time_micros: 0, metric_d: 1e300 });
  });

  test("a metric that came as a float leaves as a float alone", () => {
    const { host, service, state, description, ttl, tags, attributes } = event({ time: 0 });
    const float = newEvent(host, service, state, description, 2, 0, ttl, tags, attributes, true);
    assert.deepStrictEqual(toWire(float), { time: 0, time_micros: 0, metric_f: 2 });
  });

  test("all other fields are written when they are there, empty strings too", () => {
    const fields = { host: "", service: "s", state: "ok", description: "d", ttl: 0, tags: ["t"] };
    const wire = toWire(event({ ...fields, time: 2, attributes: { k: "v" } }));
    assert.deepStrictEqual(wire, {
      ...fields,
      time: 2,
      time_micros: 2_000_000,
      attributes: [{ key: "k", value: "v" }],
    });
  });
});
