/** What is kept of a body for the log of exchanges. */
export interface BodySample {
  readonly chunks: Buffer[];
  length: number;
}

/** Enough to mask whole values at the edge of what is shown. */
export const sampleLength = 6144;

export function addToSample(sample: BodySample, chunk: Buffer): void {
  const held = sample.length;
  sample.length += chunk.length;
  if (held < sampleLength) sample.chunks.push(chunk.subarray(0, sampleLength - held));
}
