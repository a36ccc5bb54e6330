/** The beginning of a body, for the log of exchanges. */
export interface BodySample {
  readonly chunks: Buffer[];
  length: number;
}

/** More than is shown, so that a value at the end of the shown text can be masked as a whole. */
export const sampleLength = 6144;

export function addToSample(sample: BodySample, chunk: Buffer): void {
  const held = sample.length;
  sample.length += chunk.length;
  if (held < sampleLength) sample.chunks.push(chunk.subarray(0, sampleLength - held));
}
