import { TelephonyError, type ErrorCode } from '@finaz-telephony/core';
import type { AriAnswer } from '../doctor/server.ts';

/** Words of the server: the key is `message`, for one error `error`. */
function wordsOf({ json }: AriAnswer): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const words = 'message' in json ? json.message : 'error' in json ? json.error : undefined;
  return typeof words === 'string' ? words : undefined;
}

/** What an answer of the REST interface means that is no success. */
export function ariError(answer: AriAnswer, what: Partial<Record<number, [ErrorCode, string]>>) {
  const { status } = answer;
  const known: Partial<Record<number, [ErrorCode, string]>> = {
    401: ['auth_failed', 'Asterisk does not accept user and password of ARI.'],
    403: ['auth_failed', 'The user of ARI may only read.'],
    ...what,
  };
  const [code, message] = known[status] ?? [
    status >= 500 ? 'unavailable' : 'unreadable_response',
    `Asterisk answered ${status}.`,
  ];
  const words = wordsOf(answer);
  return new TelephonyError({
    code,
    message,
    hint: 'Run "finaz-telephony asterisk doctor" for this connection.',
    vendor: { status, ...(words !== undefined && { message: words }) },
  });
}
