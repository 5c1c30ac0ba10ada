import { channel } from "node:diagnostics_channel";
import { cutText } from "./cut-text.ts";
import { mask } from "./secret-mask.ts";

const MAX_ANSWER_CHARACTERS = 512;

const answers = channel("fast-ts answer");

/** A target has answered: said to who listens. */
export function answered(status: string | number, text: string): void {
  if (answers.hasSubscribers) answers.publish(cutText(mask(`${status} ${text}`.trim()), MAX_ANSWER_CHARACTERS));
}

/** Hears what targets answer in this thread, secrets masked, cut after 512 characters; until the function is called. */
export function onAnswer(listener: (answer: string) => void): () => void {
  const hear = (answer: unknown): void => listener(String(answer));
  answers.subscribe(hear);
  return () => void answers.unsubscribe(hear);
}
