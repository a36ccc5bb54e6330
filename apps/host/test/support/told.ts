import type { Company, Things } from './filled-company.ts';

/** All of an answer that its asker sees. */
export interface Told {
  readonly status: number;
  readonly headers: readonly string[];
  /** Of a stream its first message alone. */
  readonly text: string;
}

export async function toldBy(answer: Response): Promise<Told> {
  const isStream = answer.headers.get('Content-Type') === 'text/event-stream';
  return {
    status: answer.status,
    // The length is that of the text.
    headers: [...answer.headers].flatMap(([name, value]) =>
      name === 'date' || name === 'content-length' ? [] : [`${name}: ${value}`],
    ),
    text: isStream ? await firstMessage(answer) : await answer.text(),
  };
}

async function firstMessage({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes('\n\n')) break;
  }
  return text;
}

export const textOf = ({ status, headers, text }: Told): string =>
  [`${status}`, ...headers, text].join('\n');

/** An answer with the same words in place of what differs between two companies by its nature: what they have, what they have asked for, ids and times. */
export function alike(told: Told, own: Company, asked: Things): string {
  const words = new Map([
    ...Object.entries(asked).map(([name, value]) => [value, `<their ${name}>`] as const),
    ...own.mailings.map((id, index) => [id, `<own mailing ${index}>`] as const),
    ...Object.entries(own.things).map(([name, value]) => [value, `<own ${name}>`] as const),
    [own.vendor.url, '<vendor>'] as const,
  ]);
  const longestFirst = [...words].toSorted(([one], [other]) => other.length - one.length);
  return longestFirst
    .reduce((text, [value, word]) => text.replaceAll(value, word), textOf(told))
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>')
    .replaceAll(/ligacao-\w+-\d+/g, '<call>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, '<time>')
    .replaceAll(/"durationMs":[\d.]+/g, '<duration>');
}
