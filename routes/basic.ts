import { pipeline, stdout, under } from "fast-ts";

// Every event that comes in goes through every pipeline, stage by stage. This one lets through the events whose metric
// is under 12 and prints them. Try it: npx fast-ts send --service web --metric 5
pipeline("Basic pipeline", [under(12), stdout()]);
