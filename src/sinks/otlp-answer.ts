/** How much of a request an OTLP server did not take, and why. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/**
 * Reads ExportMetricsServiceResponse or ExportLogsServiceResponse, { PartialSuccess partial_success = 1 }, in it { int64
 * rejected = 1, string error_message = 2 }. An answer that cannot be read says nothing.
 */
export function readPartialSuccess(answer: Buffer): PartialSuccess {
  let rejected = 0;
  let message = "";
  const outer = fieldsOf(answer).find(({ number }) => number === 1);
  for (const { number, value, bytes } of fieldsOf(outer?.bytes ?? Buffer.alloc(0))) {
    if (number === 1) rejected = value;
    if (number === 2) message = bytes.toString("utf8");
  }
  return { rejected, message };
}

interface Field {
  readonly number: number;
  /** Of a varint. */
  readonly value: number;
  /** Of a field with a length. */
  readonly bytes: Buffer;
}

/** Varints and fields with a length, up to the first of another kind. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind !== 0 && kind !== 2) break;
    const value = varint();
    const bytes = kind === 2 ? message.subarray(at, at + value) : Buffer.alloc(0);
    at += bytes.length;
    fields.push({ number: Math.floor(tag / 8), value, bytes });
  }
  return fields;
}
