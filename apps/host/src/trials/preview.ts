import {
  TelephonyError,
  type AdapterContext,
  type ContextFetch,
  type FeatureName,
} from '@finaz-telephony/core';
import type { TracedValue } from '@finaz-telephony/core/host';
import { shownRequest, type ShownRequest } from '../exchanges/shown-request.ts';
import { isCausedBy } from './caused-by.ts';
import type { TrialContext } from './trial-context.ts';

/** Thrown instead of every answer. */
class PreviewEnd extends Error {
  override readonly name = 'PreviewEnd';
}

export interface Preview {
  /** The requests before the last one: a login, or the creation of a list. The adapter puts placeholders in place of values from their answers. */
  readonly before: readonly ShownRequest[];
  readonly request: ShownRequest;
  /** Where each value came from, for adapters that report it. */
  readonly values: readonly TracedValue[];
}

/** Runs a feature without sending anything, and returns its requests up to the first whose answer the adapter cannot substitute. */
export async function previewFeature(
  feature: FeatureName,
  base: TrialContext,
  run: (context: AdapterContext) => Promise<unknown>,
): Promise<Preview> {
  const values: TracedValue[] = [];
  const requests: ShownRequest[] = [];
  const fetch: ContextFetch = async (url, init = {}) => {
    requests.push(await shownRequest(url, init));
    throw new PreviewEnd('preview');
  };
  try {
    await run({ ...base, fetch, isPreview: true, trace: (value) => values.push(value) });
  } catch (error) {
    const request = requests.at(-1);
    if (!request || !isCausedBy(error, PreviewEnd)) throw error;
    return { before: requests.slice(0, -1), request, values };
  }
  throw new TelephonyError({
    code: 'invalid_config',
    message: `The connection serves ${feature} without any request, so there is nothing to preview.`,
    feature,
  });
}
