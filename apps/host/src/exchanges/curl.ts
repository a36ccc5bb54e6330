import type { ShownRequest } from './shown-request.ts';

const setByCurl = new Set([
  'content-length',
  'accept-encoding',
  'user-agent',
  'host',
  'connection',
]);

/** A curl command to copy. Masked values have to be filled in again. */
export function toCurl(request: ShownRequest): string {
  const parts = ['curl', '-X', request.method, quoted(request.url)];
  // Brackets and braces in an address would make curl send several requests, or none.
  if (/[[\]{}]/.test(request.url)) parts.push('--globoff');
  for (const [name, value] of Object.entries(request.headers)) {
    const lowerCased = name.toLowerCase();
    if (setByCurl.has(lowerCased) || (lowerCased === 'accept' && value === '*/*')) continue;
    // With a colon and nothing after it, curl would leave the header out.
    parts.push('-H', quoted(value === '' ? `${name};` : `${name}: ${value}`));
  }
  if (request.body !== '') parts.push('--data-raw', quoted(request.body));
  return parts.join(' ');
}

/** For any POSIX shell: nothing inside single quotes has a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
