import type { KnownCall } from '@finaz-telephony/core';
import { isSameNumber, lineOf, nationalDigits } from './numbers.ts';
import type { ThreeCxSettings } from './settings.ts';

/**
 * The id of a call. 3CX's own number of a call is missing in its reports, and may start over, so the id contains what finds the call again: its start by the
 * clock of the PBX, its extension, and a mark derived from the called number. The debtor's number itself is not part of the id: ids appear in addresses, logs
 * and databases. The id has to be enough by itself, because a host forgets its calls after some months, while the CRM keeps ids for longer.
 */
export interface CallKey {
  /** Seconds since 1970, right before the call was requested; 0 for a call that was not placed by click2call, which has no such moment. */
  readonly startedAt: number;
  /** 3CX's number of the call. */
  readonly callid: string;
  readonly mark: string;
  readonly extension: string;
}

/** `1795521600.4711-hbkcdmpo-101`: seconds first, as in other systems' ids, so that it is not masked as a telephone number. */
export async function writeCallId(
  settings: ThreeCxSettings,
  { number, ...key }: Omit<CallKey, 'mark'> & { readonly number: string },
): Promise<string> {
  const mark = await markOf(settings, number);
  return `${key.startedAt}.${key.callid}-${mark}-${key.extension}`;
}

/** `undefined` for an id that this adapter has not written. */
export function readCallId(callId: string): CallKey | undefined {
  const [, startedAt, callid, mark, extension] =
    /^(\d{1,11})\.(\d{1,19})-([a-p]{8})-(.+)$/.exec(callId) ?? [];
  if (startedAt === undefined || callid === undefined) return undefined;
  if (mark === undefined || extension === undefined) return undefined;
  return { startedAt: Number(startedAt), callid, mark, extension };
}

/** Whether a row of a report is about the called number: by the number if the host knows the call, otherwise by the mark. */
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

/** Keyed with the API key: otherwise a hundred million lines could be tried in a minute. In letters, because logs mask digits as a telephone number. */
async function markOf({ apiKey }: ThreeCxSettings, number: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytesOf(apiKey), algorithm, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', key, bytesOf(lineOf(number) ?? number));
  return [...new Uint8Array(signed).subarray(0, 4)]
    .flatMap((byte) => [byte >> 4, byte & 15])
    .map((nibble) => 'abcdefghijklmnop'.charAt(nibble))
    .join('');
}
