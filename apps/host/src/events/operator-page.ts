import { privateHeaders } from './private-headers.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** What a page for operators says, as plain text: the page escapes it. */
export interface OperatorPage {
  readonly title: string;
  readonly before?: string;
  readonly rows?: readonly (readonly [term: string, value: string])[];
  readonly after: string;
}

/** A small page in Portuguese, for the window that a telephone system opens before an operator. */
export function operatorPage({ title, before, rows = [], after }: OperatorPage): string {
  const list = rows
    .map(([term, value]) => `<dt>${escape(term)}</dt><dd>${escape(value)}</dd>`)
    .join('');
  const content = [
    `<h1>${escape(title)}</h1>`,
    ...(before === undefined ? [] : [`<p>${escape(before)}</p>`]),
    ...(list === '' ? [] : [`<dl>${list}</dl>`]),
    `<p>${escape(after)}</p>`,
  ];
  return `<!doctype html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 28rem; padding: 0 1rem; color: #1c2530; }
h1 { font-size: 1.4rem; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; }
dt { color: #5b6877; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
${content.join('\n')}
</main>
</body>
</html>
`;
}

/** Headers of a page that is not cached, not framed, and whose address is not sent on as a referrer. */
export const pageHeaders = {
  ...privateHeaders,
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};
