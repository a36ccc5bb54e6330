import { StartError } from '../environment.ts';

/** Parses the input of a feature from the flag `--input`. */
export function readInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError(
      '--input is not valid JSON; write it in single quotes: --input \'{"queue":"1"}\'',
    );
  }
}
