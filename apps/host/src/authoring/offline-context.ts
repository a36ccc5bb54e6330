import type { AdapterContext } from '@finaz-telephony/core';
import { trialContext } from '../trials/trial-context.ts';
import { responseOf, type KeptReply } from '../trials/kept-reply.ts';
import { shownRequest, type ShownRequest } from '../exchanges/shown-request.ts';

export interface OfflineContext extends AdapterContext {
  /** What would have been sent. */
  readonly sent: readonly ShownRequest[];
}

/** No more answers were kept than these. */
class NoMoreReplies extends Error {
  override readonly name = 'NoMoreReplies';
}

/** The moment of all samples: what they hold must be the same each time. */
const sampleMoment = new Date('2026-01-15T12:00:00Z');

/** Kept answers in the place of a telephone system: nothing is sent. */
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
