/** Prefix of the string that replaces a placeholder without quotes; no string of a real request begins with NUL. */
const mark = '\u0000';

const name = String.raw`[A-Za-z_][\w.-]*`;
const texts = String.raw`"(?:[^"\\]|\\.)*"`;
const comments = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const places = String.raw`\{\{?\s*(${name})\s*\}\}?|<(${name})>|%(${name})%`;
const besideTexts = new RegExp(`${texts}|${comments}|${places}`, 'g');
const lastCommas = new RegExp(String.raw`${texts}|,(?=\s*[}\]])`, 'g');

/**
 * Reads JSON as manuals and other tools write it: `{"ramal": {{ramal}}, "numero": "41999998888", // to call`. A placeholder without quotes becomes a string
 * that `bareName` recognises. `undefined` if the text is not JSON even so.
 */
export function parseLooseJson(text: string): unknown {
  const quoted = text.replace(
    besideTexts,
    (written: string, inBraces?: string, inAngles?: string, inPercents?: string) => {
      const said = inBraces ?? inAngles ?? inPercents;
      if (said !== undefined) return JSON.stringify(mark + said);
      return written.startsWith('"') ? written : '';
    },
  );
  const plain = quoted.replace(lastCommas, (written) => (written === ',' ? '' : written));
  try {
    return JSON.parse(plain);
  } catch {
    return undefined;
  }
}

/** The name of a placeholder that had no quotes; `undefined` for any other string. */
export const bareName = (text: string): string | undefined =>
  text.startsWith(mark) ? text.slice(mark.length) : undefined;
