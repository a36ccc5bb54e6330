import { invalidRequest } from './error-response.ts';

/** One of several words, or none. @throws {RequestError} */
export function oneOf<Value extends string>(
  values: readonly Value[],
  text: string | undefined,
  parameter: string,
): Value | undefined {
  if (text === undefined) return undefined;
  const known = values.find((value) => value === text);
  if (known) return known;
  throw invalidRequest([{ parameter, message: `must be one of ${values.join(', ')}` }]);
}
