const sampleRate = 8000;
const headerBytes = 44;
const tone = makeTone(32_768);

/**
 * A real WAV file: PCM, 8 kHz, 16 bit, mono, with the same 440 Hz tone on every call.
 *
 * @param bytes size of the whole file; at least 44, and even
 */
export function makeWav(bytes: number): Buffer {
  return Buffer.concat([...wavChunks(bytes)]);
}

/** The same, chunk by chunk, for files that should never be in memory as a whole. */
export function* wavChunks(bytes: number): Generator<Buffer> {
  yield wavHeader(bytes);
  for (let left = bytes - headerBytes; left > 0; left -= tone.length) {
    yield left < tone.length ? tone.subarray(0, left) : tone;
  }
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

function makeTone(samples: number): Buffer {
  const made = Buffer.alloc(samples * 2);
  for (let sample = 0; sample < samples; sample += 1) {
    made.writeInt16LE(
      Math.round(8000 * Math.sin((2 * Math.PI * 440 * sample) / sampleRate)),
      sample * 2,
    );
  }
  return made;
}
