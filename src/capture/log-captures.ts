import { join } from "node:path";
import type { Damage } from "../state/damage.ts";
import { type FileLayer, isGone } from "../state/file-layer.ts";
import type { LogReader, NumberedEntry } from "../state/log-reader.ts";
import { SegmentLog } from "../state/segment-log.ts";
import { CAPTURE_HEADER, captureBegun, checkCapture } from "./format.ts";
import type { CaptureReport, Runs } from "./runs.ts";

/** The runs of a recording, which may be written meanwhile. @throws FastTsError `FTS_CAPTURE` when it is none */
export async function* runsOfLog(dir: string, files: FileLayer, { damage }: CaptureReport): AsyncGenerator<Runs> {
  const onDamage = ({ segment, why, at, items }: Damage): void => {
    const lost = items === null ? "" : `; messages that are missing: ${items}`;
    damage.push(`${join(dir, segment)} is damaged at byte ${at}: ${why}${lost}`);
  };
  const log = await SegmentLog.open({ dir, files, isReadOnly: true, onDamage });
  if (log.segments === 0) damage.push(`${dir} has no file of a recording; name what fast-ts start --record wrote`);
  const reader = log.reader(log.first);
  try {
    for (let entries = await nextOf(reader); entries.length > 0; entries = await nextOf(reader))
      for (const { payload, number } of entries) {
        checkCapture(dir, payload);
        const bytes = payload.subarray(CAPTURE_HEADER);
        yield { bytes, begun: captureBegun(payload), damagedAt: () => `${dir} is damaged at message ${number}` };
      }
  } finally {
    await reader.close();
    await log.close();
  }
}

/** Passes over segments that went while others were read. */
async function nextOf(reader: LogReader): Promise<NumberedEntry[]> {
  for (;;) {
    const { number } = reader;
    try {
      return await reader.read();
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      reader.skip("it was removed meanwhile");
      if (reader.number === number) return [];
    }
  }
}
