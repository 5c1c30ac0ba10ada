let last: Buffer | null = null;
let view: DataView = new DataView(new ArrayBuffer(0));

/**
 * The same bytes, same positions, as a `DataView`: whole words in one instruction, and a bounds check that throws
 * where an array would read `undefined`. The last one is kept (and so its
 * memory), as most reads hold many messages.
 */
export function viewOf(bytes: Buffer): DataView {
  if (bytes !== last) {
    last = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return view;
}
