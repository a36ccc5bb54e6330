import type { TelephonyError, AdapterContext, FeatureName } from '@finaz-telephony/core';
import type { ReadingStep } from '@finaz-telephony/core/host';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { shownRequest, type ShownRequest } from '../exchanges/shown-request.ts';
import { isCausedBy } from './caused-by.ts';
import type { TrialContext } from './trial-context.ts';
import { adapterFailure, maskedError } from '../adapter-work/adapter-failure.ts';
import { responseOf, type KeptReply } from './kept-reply.ts';
import { maskedStep } from './masked-step.ts';
import { previewFeature } from './preview.ts';
import type { Trial } from './trial.ts';

export interface TriedReply {
  /** The request that each reply answers, in order. */
  readonly requests: readonly ShownRequest[];
  /** How the replies were read. */
  readonly steps: readonly ReadingStep[];
  /** The result for the host, if it is a success. */
  readonly result?: unknown;
  readonly error?: TelephonyError;
  /** The answer that the sender of a notification would get. */
  readonly answer?: HeardAnswer;
  /** Present if there are more requests than replies: the next request, or that the same would be sent again after a pause. */
  readonly further?: ShownRequest | 'after a pause';
}

export interface HeardAnswer {
  readonly status: number;
  /** Present if the connection defines it; otherwise the host writes its own. */
  readonly body?: string;
}

/** Thrown instead of an answer for which no reply was given. */
class NoReply extends Error {
  override readonly name = 'NoReply';
}

/**
 * Runs a feature with saved replies instead of the telephone system, and reports how they were read. Nothing is sent. If there are fewer replies than
 * requests, they answer the last requests; the adapter substitutes the earlier answers, as in a preview.
 *
 * @param base the context of a connection with placeholders for its secrets
 * @param secrets the real secrets, which a system may have echoed into its reply
 * @throws {TelephonyError} if the input does not even lead to a request
 */
export async function tryReply(
  feature: FeatureName,
  base: TrialContext,
  trial: Trial,
  replies: readonly KeptReply[],
  secrets: readonly string[] = [],
): Promise<TriedReply> {
  const { before } = await previewFeature(feature, base, trial.run);
  const start = Math.max(0, before.length + 1 - replies.length);
  const steps: ReadingStep[] = [];
  const requests: ShownRequest[] = [];
  const concealed: string[] = [];
  const waiting = new AbortController();
  let asked = 0;
  const context: AdapterContext = {
    ...base,
    isPreview: true,
    signal: waiting.signal,
    explain: (step) => steps.push(step),
    conceal: (value) => concealed.push(value),
    async fetch(url, init = {}) {
      const reply = asked < start ? undefined : replies[asked - start];
      asked += 1;
      const request = await shownRequest(url, init);
      if (asked > start) requests.push(request);
      if (!reply) throw new NoReply('nobody has given a reply to this');
      // No further reply will come, so code that pauses before its next request need not wait.
      if (asked - start === replies.length) waiting.abort(new NoReply('there are no more replies'));
      return responseOf(reply);
    },
  };
  const conceal = [secrets, trial.personal, concealed];
  const told = () => ({
    requests: requests.slice(0, replies.length).map((request) => maskedRequest(request, conceal)),
    steps: steps.map((step) => maskedStep(step, conceal)),
  });
  try {
    const result = await trial.run(context);
    return { ...told(), result: maskValue(createMasker(conceal), result) };
  } catch (error) {
    if (!isCausedBy(error, NoReply))
      return {
        ...told(),
        error: maskedError(adapterFailure(error, feature, base.logger), feature, conceal),
      };
    const further = requests[replies.length];
    return { ...told(), further: further ? maskedRequest(further, conceal) : 'after a pause' };
  }
}

function maskedRequest(request: ShownRequest, conceal: Concealed): ShownRequest {
  const masker = createMasker(conceal);
  return {
    method: request.method,
    url: masker.text(request.url),
    headers: masker.headers(request.headers),
    body: masker.text(request.body),
  };
}
