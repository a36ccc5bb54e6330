/** Begins the text that stands for a place without quotes; no request has one that begins so. */
const mark = '\u0000';

const name = String.raw`[A-Za-z_][\w.-]*`;
const texts = String.raw`"(?:[^"\\]|\\.)*"`;
const comments = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const places = String.raw`\{\{?\s*(${name})\s*\}\}?|<(${name})>|%(${name})%`;
const besideTexts = new RegExp(`${texts}|${comments}|${places}`, 'g');
const lastCommas = new RegExp(String.raw`${texts}|,(?=\s*[}\]])`, 'g');

/**
 * JSON as manuals and other tools write it: `{"ramal": {{ramal}}, "numero": "41999998888", // to call`. Gives what is in it, each place without quotes as a text that
 * `bareName` tells apart; `undefined` for what is no JSON without these either.
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

/** What a place without quotes says of what stands there. */
export const bareName = (text: string): string | undefined =>
  text.startsWith(mark) ? text.slice(mark.length) : undefined;
