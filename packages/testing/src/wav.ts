const headerBytes = 44;
const sampleRate = 8000;

/** Whole cycles within one period, so that the tone has no click where the period begins again. */
const cyclesPerPeriod = 441;
/** A prime number of samples: no round offset (64 KiB, 1 MB) falls on the same place of the tone, so a wrong range is always seen. */
const samplesPerPeriod = 8009;
const periodBytes = samplesPerPeriod * 2;
const largestChunk = 65_536;

const tone = makeTone(periodBytes + largestChunk);

function makeTone(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let offset = 0; offset < bytes; offset += 2) {
    const phase = (2 * Math.PI * cyclesPerPeriod * (offset / 2)) / samplesPerPeriod;
    buffer.writeInt16LE(Math.round(Math.sin(phase) * 12_000), offset);
  }
  return buffer;
}

function makeHeader(totalBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(totalBytes - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(totalBytes - headerBytes, 40);
  return header;
}

function checkSize(bytes: number): void {
  if (!Number.isInteger(bytes) || bytes < headerBytes || bytes % 2 !== 0 || bytes > 0xffff_ffff) {
    throw new RangeError(
      `a WAV file cannot have ${bytes} bytes: it needs an even number from ${headerBytes} to 4294967294`,
    );
  }
}

/**
 * A real WAV file (RIFF, PCM, 8 kHz, mono, 16 bit) with a steady tone. The same size gives the same bytes.
 *
 * @param bytes size of the whole file, header included; even. The default is four seconds.
 */
export function makeWav(bytes = 64_044): Uint8Array {
  return Buffer.concat([...wavChunks(bytes, 0, bytes - 1)]);
}

/** The bytes from `first` to `last`, both included, of the file that {@link makeWav} makes, without ever holding it. */
export function* wavChunks(bytes: number, first: number, last: number): Generator<Uint8Array> {
  checkSize(bytes);
  let position = first;
  if (position < headerBytes) {
    const header = makeHeader(bytes).subarray(position, last + 1);
    position += header.length;
    yield header;
  }
  while (position <= last) {
    const start = (position - headerBytes) % periodBytes;
    const chunk = tone.subarray(start, start + Math.min(largestChunk, last + 1 - position));
    position += chunk.length;
    yield chunk;
  }
}
