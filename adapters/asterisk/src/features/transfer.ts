import { parsePhone, TelephonyError, type Outcome, type Transfer } from '@finaz-telephony/core';
import * as v from 'valibot';
import { evaluate, inAmiSession, readEntry, type Act } from '../ami.ts';
import { askAri, bridgedChannels, findEndpoint, shapeOf, type AriWork } from '../ari.ts';
import { transfers } from '../families.ts';
import { onlyLooking } from '../not-sent.ts';
import { plainNumber, safeExtension } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

const statuses: Readonly<Record<string, Outcome>> = {
  ANSWER: 'answered',
  BUSY: 'busy',
  NOANSWER: 'no_answer',
  CANCEL: 'abandoned',
  CONGESTION: 'failed',
  CHANUNAVAIL: 'failed',
  INVALIDO: 'invalid_number',
  REJEITADA: 'rejected',
};

const lookAgainMs = 300;

/**
 * Transfers the operator's current call without consultation (blind transfer): the other party goes to the destination, the operator is free. Works for calls that
 * the operator has placed and for calls that a queue has delivered. Waits briefly for the outcome.
 */
export function transfer(settings: AsteriskSettings): Transfer {
  return async ({ extension, destination, callId, isCallNamed = false }, context) => {
    const work: AriWork = { settings, context, feature: 'transfer' };
    const calls = await onlyLooking(() => currentCalls(work, safeExtension(extension, 'transfer')));
    const { channel, call } = meantCall(calls, callId, isCallNamed);
    return inAmiSession(work, async (act) => {
      const target = await onlyLooking(async () => {
        const chosen = await targetOf(work, act, destination);
        await checkContext(act, chosen);
        if (call !== '') await act({ Action: 'DBDel', Family: transfers, Key: call });
        return chosen;
      });
      const answer = await act({
        Action: 'BlindTransfer',
        Channel: channel,
        Context: target.context,
        Exten: target.extension,
      });
      if (!answer.isSuccess) throw notTransferred(answer.message);
      const status = call === '' ? undefined : await statusOf(act, call, work);
      const outcome = status === undefined ? undefined : statuses[status];
      return {
        status: 'accepted' as const,
        ...(call !== '' && { callId: call }),
        ...(outcome && { outcome }),
        ...(status !== undefined && { vendorStatus: status }),
      };
    });
  };
}

/** A call that the operator is connected to. */
interface CurrentCall {
  readonly channel: string;
  /** The id under which the dialplan records its transfer. */
  readonly call: string;
}

/** The connected calls of an operator: more than one if the operator has put somebody on hold. */
async function currentCalls(work: AriWork, extension: string): Promise<readonly CurrentCall[]> {
  const endpoint = await findEndpoint(work, extension);
  const ids = endpoint?.channel_ids ?? [];
  const bridged = ids.length > 0 ? await bridgedChannels(work) : new Set<string>();
  const calls: CurrentCall[] = [];
  for (const channel of ids)
    if (bridged.has(channel)) calls.push({ channel, call: await callOf(work, channel) });
  if (calls.length > 0) return calls;
  throw new TelephonyError({
    code: 'refused',
    feature: 'transfer',
    message:
      ids.length > 0
        ? "The operator's call is not connected yet."
        : 'The operator has no call that could be transferred.',
    hint: 'Transfer while the operator and the customer talk.',
    vendor: { message: endpoint ? `${ids.length} channels` : 'Endpoint not found' },
  });
}

/** The call that was named, or the one that the host knows of, or the only one. Among several, none is guessed: it could be the customer on hold. */
function meantCall(
  calls: readonly CurrentCall[],
  callId: string | null,
  isCallNamed: boolean,
): CurrentCall {
  const known = calls.find(({ channel, call }) => callId === call || callId === channel);
  if (known) return known;
  if (isCallNamed) throw notThatCall();
  const [only] = calls;
  if (only && calls.length === 1) return only;
  throw new TelephonyError({
    code: 'refused',
    feature: 'transfer',
    message:
      'The operator is in more than one call, and the request does not say which one to transfer.',
    hint: 'Name the call (callId), or end the other one first.',
    vendor: { message: `${calls.length} calls` },
  });
}

function notThatCall(): TelephonyError {
  return new TelephonyError({
    code: 'refused',
    feature: 'transfer',
    message: 'The operator is not in the call that the request names.',
    hint: 'That call has ended, or belongs to another operator. Leave callId out to transfer the call that the operator has now.',
    vendor: { message: 'another call' },
  });
}

const VariableSchema = v.object({ value: v.string() });

/** The id under which the dialplan records a transfer: that of a call that we placed, otherwise the id that all channels of a call share. */
async function callOf(work: AriWork, channel: string): Promise<string> {
  for (const variable of ['CHAMADA', 'CHANNEL(linkedid)']) {
    const answer = await askAri(
      work,
      'GET',
      `/channels/${encodeURIComponent(channel)}/variable?variable=${encodeURIComponent(variable)}`,
    );
    const value = answer.status === 200 ? shapeOf(VariableSchema, answer, 'transfer').value : '';
    if (value !== '') return value;
  }
  return '';
}

interface Target {
  readonly context: string;
  readonly extension: string;
}

/** An outside number, an extension that has a phone, or a queue. */
async function targetOf(work: AriWork, act: Act, destination: string): Promise<Target> {
  const { contexts } = work.settings;
  const digits = plainNumber(destination);
  const { kind, areaCode, number } = parsePhone(digits === undefined ? '' : destination);
  // In the format in which click2call dials it too.
  if (areaCode !== undefined && number !== undefined)
    return { context: contexts.transfer, extension: `${areaCode}${number}` };
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(destination)) {
    const phone = await findEndpoint(work, destination);
    if (phone?.state === 'offline') throw notRegistered();
    if (phone) return { context: contexts.transferToExtension, extension: destination };
    if ((await evaluate(act, `QUEUE_EXISTS(${destination})`)) === '1')
      return { context: contexts.transferToQueue, extension: destination };
  }
  // A number without an area code, or a company's (4004, 0800). A foreign number is refused: without its "+", it would be a different number here.
  if (kind !== 'intl' && digits !== undefined && digits.length >= 8 && digits.length <= 15)
    return { context: contexts.transfer, extension: digits };
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'transfer',
    message: 'The destination is no telephone number, extension or queue of this Asterisk.',
    hint: 'Send a Brazilian number with its area code, an extension that has a phone, or the name of a queue.',
  });
}

function notRegistered(): TelephonyError {
  return new TelephonyError({
    code: 'refused',
    feature: 'transfer',
    message:
      'The phone of the destination is not registered at Asterisk; the customer would have been dropped.',
    hint: 'Transfer to another extension, or start that phone.',
    vendor: { message: 'offline' },
  });
}

/** Asterisk answers "succeeded" to a transfer to an unknown context, and drops the customer. */
async function checkContext(act: Act, { context, extension }: Target): Promise<void> {
  if ((await evaluate(act, `DIALPLAN_EXISTS(${context},${extension},1)`)) === '1') return;
  throw new TelephonyError({
    code: 'invalid_config',
    feature: 'transfer',
    message: `Asterisk has no context "${context}" for this destination; the customer would have been dropped.`,
    hint: 'Include finaz.conf in extensions.conf and run "dialplan reload".',
    delivery: 'not_sent',
  });
}

function notTransferred(words: string): TelephonyError {
  return new TelephonyError({
    code: 'refused',
    feature: 'transfer',
    message: 'Asterisk did not transfer the call.',
    hint: 'It ended, or was not connected yet.',
    vendor: { status: 200, message: words },
  });
}

/** No outcome yet: the destination rings, or the call waits in the queue. */
const notYet: ReadonlySet<string | undefined> = new Set([undefined, 'CHAMANDO', 'FILA']);

/** The outcome of the call to the destination, if it is known in time. The call has been transferred: a failure from here on does not change that. */
async function statusOf(
  act: Act,
  call: string,
  { context, settings }: AriWork,
): Promise<string | undefined> {
  const end = performance.now() + settings.transferSeconds * 1000;
  let status: string | undefined;
  try {
    for (;;) {
      const entry = await readEntry(act, transfers, call);
      status = entry?.split('|')[2] ?? status;
      if (!notYet.has(status)) return status;
      if (performance.now() >= end || context.signal.aborted) return status;
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return status;
  }
}
