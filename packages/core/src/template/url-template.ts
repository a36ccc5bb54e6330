import { TelephonyError } from '../errors/telephony-error.ts';
import type { DocumentCompiler } from './compile-document.ts';
import type { Scope } from './scope.ts';

type Path = readonly (string | number)[];

/**
 * Compiles an address. A value stays inside its path segment, query value or port: it is percent-encoded, and a segment that would become `.` or
 * `..` is refused. Only `variables` may say which host is meant; what a caller sends may not.
 */
export function compileUrl(
  source: string,
  compiler: DocumentCompiler,
  path: Path,
): (scope: Scope) => string {
  const origin = /^[^/?#]*:\/\/[^/?#]*/.exec(source)?.[0] ?? '';
  const bare = /^\{\{[^}]*\}\}/.exec(source)?.[0];
  const prefix = bare !== undefined && /variables\./.test(bare) ? bare : origin;
  for (const expression of prefix.matchAll(/\{\{\s*([^}]*)\}\}/g)) {
    if (!/^variables\.[\w.]+(\s*\|.*)?$/.test((expression[1] ?? '').trim())) {
      compiler.report(
        path,
        'the host of an address may only come from {{ variables… }}, not from what a caller sends',
      );
    }
  }
  const host = compiler.text(prefix, path);
  const rest = compiler.text(source.slice(prefix.length), path);
  return (scope) => host.render(scope) + rest.render(scope, escapeSegment);
}

function escapeSegment(text: string): string {
  if (text === '.' || text === '..') {
    throw new TelephonyError({
      code: 'invalid_input',
      message: `A value in the address is ${JSON.stringify(text)}, which would lead to another address.`,
      hint: 'Send the value that the telephone system knows.',
    });
  }
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
