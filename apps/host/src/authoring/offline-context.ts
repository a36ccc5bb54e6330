import type { AdapterContext } from '@finaz-telephony/core';
import { trialContext } from '../trials/trial-context.ts';
import { responseOf, type KeptReply } from '../trials/kept-reply.ts';
import { shownRequest, type ShownRequest } from '../exchanges/shown-request.ts';

export interface OfflineContext extends AdapterContext {
  /** What would have been sent. */
  readonly sent: readonly ShownRequest[];
}

/** The adapter asked for more replies than were kept. */
class NoMoreReplies extends Error {
  override readonly name = 'NoMoreReplies';
}

/** "Now" in every sample, so that a sample gives the same result on each run. */
const sampleMoment = new Date('2026-01-15T12:00:00Z');

/** A context that answers each request with the next kept reply; nothing is sent to a telephone system. */
export function createOfflineContext(
  tenant: AdapterContext['tenant'],
  connection: string,
  replies: readonly KeptReply[],
): OfflineContext {
  const sent: ShownRequest[] = [];
  return {
    ...trialContext(tenant, connection),
    now: () => sampleMoment,
    sent,
    async fetch(url, init = {}) {
      sent.push(await shownRequest(url, init));
      const reply = replies[sent.length - 1];
      if (!reply) throw new NoMoreReplies('no reply was kept for this request');
      return responseOf(reply);
    },
  };
}
