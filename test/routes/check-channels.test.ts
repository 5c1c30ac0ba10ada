import assert from "node:assert/strict";
import { test } from "node:test";
import { checkChannels } from "../../src/routes/check-channels.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run.ts";
import { declared } from "./declared.ts";

/** A pipeline that reads one channel and writes others. */
function linked(name: string, from: string | null, ...to: string[]): DryRunPipeline {
  const publishes = to.map((channel) => ({ kind: "publish", name: channel }) as const);
  return declared(name, { edges: from === null ? publishes : [{ kind: "subscribe", name: from }, ...publishes] });
}

const told = (...pipelines: readonly DryRunPipeline[]) =>
  checkChannels(pipelines).map(({ severity, message }) => `${severity}: ${message}`);

test("channels with both ends are fine, however pipelines branch and join", () => {
  const all = [linked("a", null, "x", "y"), linked("b", "x", "z"), linked("c", "y", "z"), linked("d", "z")];
  assert.deepEqual(told(...all), []);
});

test("a channel with one end is doubtful", () => {
  assert.deepEqual(told(linked("a", null, "x", "x"), linked("b", "y")), [
    'warning: pipeline "a" publishes to channel "x", to which no pipeline subscribes',
    'warning: pipeline "b" subscribes to channel "y", to which no pipeline publishes',
  ]);
});

test("a circle is an error that names the way round", () => {
  const all = [linked("in", null, "x"), linked("a", "x", "y"), linked("b", "y", "dead", "z"), linked("c", "z", "x")];
  assert.deepEqual(told(...all, linked("d", "dead")), [
    'error: events would go round for ever: pipeline "a" → channel "y" → pipeline "b" → channel "z" → ' +
      'pipeline "c" → channel "x" → pipeline "a"; take one of these publish() out, or use reinject(), which counts the rounds',
  ]);
});

test("a pipeline that publishes to its own channel is a circle", () => {
  assert.match(told(linked("a", "x", "x"))[0] ?? "", /: pipeline "a" → channel "x" → pipeline "a";/);
});
