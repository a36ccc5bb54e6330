import type { KnownCall } from '@finaz-telephony/core';
import { isSameNumber, lineOf, nationalDigits } from './numbers.ts';
import type { ThreeCxSettings } from './settings.ts';

/**
 * The id of a call. 3CX has a number for it that its reports do not tell, and that may begin anew: so the id says what finds the call again, when it began by the
 * clock of the PBX, at which extension, and a mark of the number that was called. That number is the debtor's, and is no part of it: ids stand in addresses,
 * logs and databases. A host forgets its calls after some months; the CRM keeps ids for longer.
 */
export interface CallKey {
  /** Seconds since 1970, right before the call was asked for; 0 of a call that was not placed by click2call: nobody has told. */
  readonly startedAt: number;
  /** The number of 3CX. */
  readonly callid: string;
  readonly mark: string;
  readonly extension: string;
}

/** `1795521600.4711-hbkcdmpo-101`: seconds first, as other systems have them, so that no mask takes it for a telephone number. */
export async function writeCallId(
  settings: ThreeCxSettings,
  { number, ...key }: Omit<CallKey, 'mark'> & { readonly number: string },
): Promise<string> {
  const mark = await markOf(settings, number);
  return `${key.startedAt}.${key.callid}-${mark}-${key.extension}`;
}

/** `undefined` for an id that is none of ours. */
export function readCallId(callId: string): CallKey | undefined {
  const [, startedAt, callid, mark, extension] =
    /^(\d{1,11})\.(\d{1,19})-([a-p]{8})-(.+)$/.exec(callId) ?? [];
  if (startedAt === undefined || callid === undefined) return undefined;
  if (mark === undefined || extension === undefined) return undefined;
  return { startedAt: Number(startedAt), callid, mark, extension };
}

/** Whether a row of a report is of the number that was called: by the number where the host knows the call, else by the mark. */
export async function isCalledNumber(
  settings: ThreeCxSettings,
  { mark }: CallKey,
  call: KnownCall | undefined,
  written: string,
): Promise<boolean> {
  if (call?.number !== undefined) return isSameNumber(nationalDigits(call.number), written);
  const line = lineOf(written);
  return line !== undefined && (await markOf(settings, line)) === mark;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** With the API key: without it, a hundred million lines would be tried in a minute. In letters, which no mask takes for a number. */
async function markOf({ apiKey }: ThreeCxSettings, number: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytesOf(apiKey), algorithm, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', key, bytesOf(lineOf(number) ?? number));
  return [...new Uint8Array(signed).subarray(0, 4)]
    .flatMap((byte) => [byte >> 4, byte & 15])
    .map((nibble) => 'abcdefghijklmnop'.charAt(nibble))
    .join('');
}
