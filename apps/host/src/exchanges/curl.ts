import type { ShownRequest } from './shown-request.ts';

const setByCurl = new Set([
  'content-length',
  'accept-encoding',
  'user-agent',
  'host',
  'connection',
]);

/** The request as a curl command to copy. People have to fill in masked values again. */
export function toCurl(request: ShownRequest): string {
  const parts = ['curl', '-X', request.method, quoted(request.url)];
  // curl expands brackets and braces in an address into several requests, or refuses them.
  if (/[[\]{}]/.test(request.url)) parts.push('--globoff');
  for (const [name, value] of Object.entries(request.headers)) {
    const lowerCased = name.toLowerCase();
    if (setByCurl.has(lowerCased) || (lowerCased === 'accept' && value === '*/*')) continue;
    // curl omits a header that is written as `name:` without a value.
    parts.push('-H', quoted(value === '' ? `${name};` : `${name}: ${value}`));
  }
  if (request.body !== '') parts.push('--data-raw', quoted(request.body));
  return parts.join(' ');
}

/** For any POSIX shell: nothing inside single quotes has a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
