/** The fields that an event may be without: all but its time. */
export const REMOVABLE = ["host", "service", "state", "description", "metric", "ttl", "tags", "attributes"];

/** Whether it is a list of the fields of events, and of single attributes. */
export function areFields(value: unknown): boolean {
  const isField = (one: unknown): boolean =>
    typeof one === "string" && (REMOVABLE.includes(one) || one === "time" || one.startsWith("attributes."));
  return Array.isArray(value) && value.every(isField);
}
