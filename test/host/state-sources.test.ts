import assert from "node:assert/strict";
import { test } from "node:test";
import { type StatePart, spreadFields, stateName, workerLabel } from "../../src/core/spread.ts";
import { StateSources } from "../../src/host/state-sources.ts";

const part = (worker: number, workers: number): StatePart => ({
  label: workerLabel(worker, workers),
  partitionKey: "attributes.customer",
});
const of = (worker: number, workers: number): string => stateName("web", "host", part(worker, workers));

test("a state goes on from its own, or from all of the last number of workers that saved", () => {
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  assert.deepEqual(sourcesOf("web"), ["web"], "nothing was found");
  sources.found("web", 10);
  assert.deepEqual(sourcesOf("web"), ["web"]);
  assert.deepEqual(sourcesOf(of(1, 2)), ["web"]);
  sources.found(of(0, 2), 20);
  assert.deepEqual(sourcesOf(of(1, 2)), ["web"], "the other one of two has not saved: some would be missing");
  sources.found(of(1, 2), 21);
  assert.deepEqual(sourcesOf(of(1, 2)), [of(1, 2)]);
  assert.deepEqual(sourcesOf("web"), [of(0, 2), of(1, 2)]);
  assert.deepEqual(sourcesOf(of(2, 3)), [of(0, 2), of(1, 2)]);
  sources.found("web", 30);
  assert.deepEqual(sourcesOf(of(0, 2)), ["web"], "what was saved in one worker since");
});

test("a state of a pipeline that was spread by host is none of one that is spread by service", () => {
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  const byService = (worker: number): string => stateName("web", "service", part(worker, 2));
  for (const worker of [0, 1]) sources.found(of(worker, 2), 10);
  assert.deepEqual(sourcesOf(byService(1)), [of(0, 2), of(1, 2)]);
  assert.deepEqual(sources.saved(byService(0), 20), []);
  assert.deepEqual(sources.saved(byService(1), 20), [of(0, 2), of(1, 2)]);
});

test("states of another number of workers are of no use once all have saved", () => {
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  sources.found("web", 10);
  sources.found("other", 10);
  assert.deepEqual(sources.saved(of(0, 2), 20), []);
  assert.deepEqual(sourcesOf(of(0, 2)), [of(0, 2)], "what it has saved itself is newer");
  assert.deepEqual(sourcesOf(of(1, 2)), ["web"]);
  assert.deepEqual(sources.saved(of(1, 2), 21), ["web"]);
  assert.deepEqual(sources.saved(of(1, 2), 31), []);
  assert.deepEqual(sourcesOf("other"), ["other"]);
});

test("a state that was spread by another field is another one", () => {
  const byService = (worker: number): string => stateName("web", "service", part(worker, 2));
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  for (const worker of [0, 1]) sources.found(of(worker, 2), 10);
  assert.deepEqual(sourcesOf(byService(0)), [of(0, 2), of(1, 2)]);
  assert.deepEqual(sources.saved(byService(0), 20), []);
  assert.deepEqual(sources.saved(byService(1), 20), [of(0, 2), of(1, 2)]);
});

test("parts that are not there are known, where no other state is whole", () => {
  const sources = new StateSources();
  sources.found(of(0, 3), 10);
  assert.deepEqual([...sources.gaps], [["web", ["2 of 3", "3 of 3"]]]);
  sources.found(of(0, 2), 20);
  assert.deepEqual([...sources.gaps], [["web", ["2 of 2"]]]);
  sources.found("web", 5);
  assert.deepEqual([...sources.gaps], []);
});

test("what is removed is no source", () => {
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  sources.saved("web", 10);
  sources.removed("web");
  assert.deepEqual(sourcesOf(of(0, 2)), [of(0, 2)]);
});

test("names of pipelines may look like those of states", () => {
  const sources = new StateSources();
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  const odd = "web 1 of 2";
  sources.found(odd, 10);
  assert.deepEqual(sourcesOf("web"), ["web"]);
  assert.deepEqual(sourcesOf(odd), [odd]);
});

test("states that were spread by another partition key are known, and go on", () => {
  const sources = new StateSources();
  const names = [0, 1].map((worker) => stateName("web", "key", part(worker, 2)));
  assert.deepEqual(names, ["web\0attributes.customer 1 of 2", "web\0attributes.customer 2 of 2"]);
  for (const name of names) sources.found(name, 10);
  sources.found("all", 10);
  sources.found(stateName("by host", "host", part(0, 1)), 10);
  assert.deepEqual([...sources.others(spreadFields("attributes.customer"))], []);
  assert.deepEqual([...sources.others(spreadFields("attributes.zone"))], [["attributes.customer", ["web"]]]);
  assert.deepEqual(
    sources.of(of(0, 2)).map(({ from }) => from),
    names,
  );
});

test("a state that gave way to another is none to go on from when the pipeline is spread so again", () => {
  const sources = new StateSources(true);
  const sourcesOf = (name: string): readonly string[] => sources.of(name).map(({ from }) => from);
  for (const worker of [0, 1]) sources.saved(of(worker, 2), 10);
  assert.deepEqual(sources.saved("web", 20), [of(0, 2), of(1, 2)], "they go");
  assert.deepEqual(sourcesOf(of(1, 2)), ["web"]);
});
