/** An object, with the keys that it has had so far, or an array. */
interface Opened {
  readonly keys: Set<string> | undefined;
  /** The key or the place at which the text is. */
  at: string | number;
  /** The next string is a key. */
  awaitsKey: boolean;
}

/**
 * The places of keys that an object has more than once: JSON.parse takes the last one in silence, and of two numbers to dial nobody can tell which one is
 * meant.
 *
 * @param json valid
 * @param value what JSON.parse made of it
 */
export function doubledKeys(json: string, value: unknown): (string | number)[][] {
  return mayHaveDoubledKeys(json, value) ? findDoubledKeys(json) : [];
}

function findDoubledKeys(json: string): (string | number)[][] {
  const opened: Opened[] = [];
  const doubled: (string | number)[][] = [];
  for (let index = 0; index < json.length; index += 1) {
    const inside = opened.at(-1);
    switch (json[index]) {
      case '{':
        opened.push({ keys: new Set(), at: '', awaitsKey: true });
        break;
      case '[':
        opened.push({ keys: undefined, at: 0, awaitsKey: false });
        break;
      case '}':
      case ']':
        opened.pop();
        break;
      case ',':
        if (inside?.keys) inside.awaitsKey = true;
        else if (typeof inside?.at === 'number') inside.at += 1;
        break;
      case '"': {
        const end = endOfString(json, index);
        if (inside?.keys && inside.awaitsKey) {
          const key = String(JSON.parse(json.slice(index, end + 1)));
          inside.at = key;
          inside.awaitsKey = false;
          if (inside.keys.has(key)) doubled.push(opened.map(({ at }) => at));
          inside.keys.add(key);
        }
        index = end;
        break;
      }
      default:
    }
  }
  return doubled;
}

/** Whether any may be found; false is certain. Looked at in each of a million rows, it takes a fraction of the time. */
function mayHaveDoubledKeys(json: string, value: unknown): boolean {
  let written = 0;
  for (let colon = json.indexOf(':'); colon >= 0; colon = json.indexOf(':', colon + 1)) {
    let before = colon - 1;
    while (json.charCodeAt(before) <= space) before -= 1;
    // Only after an escaped quote is a colon like this one part of a string.
    if (json[before] === '"') written += 1;
  }
  return written !== keyCount(value);
}

const space = 0x20;

/** Keys of all the objects in a value, however deep: a function that calls itself would run out of stack. */
export function keyCount(value: unknown): number {
  let count = 0;
  const unread = [value];
  while (unread.length > 0) {
    const read = unread.pop();
    if (typeof read !== 'object' || read === null) continue;
    if (Array.isArray(read)) {
      for (const item of read) if (typeof item === 'object') unread.push(item);
    } else {
      for (const item of Object.values(read)) {
        count += 1;
        if (typeof item === 'object') unread.push(item);
      }
    }
  }
  return count;
}

/** What is said of such a key. */
export const thereTwice = 'is there more than once; write it once';

/** @param start of its first quote */
function endOfString(json: string, start: number): number {
  let end = start + 1;
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  return end;
}
