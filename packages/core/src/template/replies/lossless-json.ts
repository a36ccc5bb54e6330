const deepest = 64;

/** JSON nested deeper than anything a vendor sends: parsing it could exhaust the stack. */
export class JsonTooDeep extends Error {
  override readonly name = 'JsonTooDeep';
}

/**
 * Parses JSON without harm to ids: an integer beyond ±2^53, or an id of Asterisk that ends with a zero, comes as text with all its digits, everything
 * else as usual.
 *
 * @throws {JsonTooDeep}
 * @throws {SyntaxError}
 */
export function parseLosslessJson(text: string): unknown {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const quoted = scan(plain);
  return JSON.parse(quoted);
}

/** One pass: counts levels, and puts quotes around what loses digits as a floating point number. */
function scan(text: string): string {
  let depth = 0;
  let copied = 0;
  let result = '';
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x22) index = endOfString(text, index);
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > deepest)
        throw new JsonTooDeep(`the JSON is nested deeper than ${deepest} levels`);
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
    else if (isDigit(code) || code === 0x2d) {
      const end = endOfNumber(text, index);
      const number = text.slice(index, end);
      if (losesDigits(number)) {
        result += `${text.slice(copied, index)}"${number}"`;
        copied = end;
      }
      index = end - 1;
    }
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/**
 * Seconds since 1970 and a counter: `1732999999.10` is another call than `1732999999.1`. With zeros alone after the point it is rather a whole number of a
 * system that knows floating point numbers only: as text, `41999998888.0` would be another telephone number.
 */
const asteriskId = /^[1-9]\d{9}\.\d*[1-9]0+$/;

/** Whether a text of digits would be another id as a floating point number. */
export function losesDigits(number: string): boolean {
  if (number.length < 12) return false;
  return /^-?\d+$/.test(number) ? !Number.isSafeInteger(Number(number)) : asteriskId.test(number);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x5c) index += 1;
    else if (code === 0x22) return index;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && /[0-9.eE+-]/.test(text[index] ?? '')) index += 1;
  return index;
}
