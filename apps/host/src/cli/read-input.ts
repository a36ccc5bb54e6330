import { StartError } from '../environment.ts';

/** What a feature is given, as a flag writes it. */
export function readInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError(
      '--input is not valid JSON; write it in single quotes: --input \'{"queue":"1"}\'',
    );
  }
}
