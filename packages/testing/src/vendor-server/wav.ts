const sampleRate = 8000;
const headerBytes = 44;

/**
 * A real WAV file: PCM, 8 kHz, 16 bit, mono, a 440 Hz tone that is the same at every call.
 *
 * @param bytes size of the whole file; at least 44, and even
 */
export function makeWav(bytes: number): Buffer {
  const wav = Buffer.alloc(bytes);
  wavHeader(bytes).copy(wav);
  for (let offset = headerBytes; offset + 1 < bytes; offset += 2) {
    wav.writeInt16LE(toneAt((offset - headerBytes) / 2), offset);
  }
  return wav;
}

/** A large one, chunk by chunk: never whole in memory. */
export function* wavChunks(bytes: number): Generator<Buffer> {
  yield wavHeader(bytes);
  const tone = makeWav(headerBytes + 65_536).subarray(headerBytes);
  for (let left = bytes - headerBytes; left > 0; left -= tone.length)
    yield left < tone.length ? tone.subarray(0, left) : tone;
}

function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(bytes - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes - headerBytes, 40);
  return header;
}

function toneAt(sample: number): number {
  return Math.round(8000 * Math.sin((2 * Math.PI * 440 * sample) / sampleRate));
}
