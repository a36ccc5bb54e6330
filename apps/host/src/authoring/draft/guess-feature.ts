import type { FeatureName } from '@finaz-telephony/core';
import { featureNames } from '@finaz-telephony/core/host';
import type { CurlRequest } from '../curl/curl-request.ts';

/** The features that begin with a request of the host, so that a curl command can show them. */
export type DraftedFeature = Exclude<FeatureName, 'answeredCall'>;

export const isDraftedFeature = (name: string): name is DraftedFeature =>
  draftedFeatures.some((feature) => feature === name);

export const draftedFeatures: readonly DraftedFeature[] = featureNames.filter(
  (name) => name !== 'answeredCall',
);

const words: readonly (readonly [feature: DraftedFeature, words: RegExp])[] = [
  ['transfer', /transf|xfer/i],
  ['recording', /record|grava|\.wav|\.mp3|audio/i],
  ['dialerResults', /report|relatorio|results?\b|retorno|cdr|historic|attempts/i],
  ['contactClear', /clear|limpa|purge|reset|delete_?(?:all|list)/i],
  ['contactLoad', /contact|contato|lead|mailing|import|\blistas?\b|upload/i],
];

/** The feature that a request is most likely for, judged by method and address; `click2call` if neither points to another. */
export function guessFeature(request: CurlRequest, hasContactFile: boolean): DraftedFeature {
  if (hasContactFile) return 'contactLoad';
  const found = words.find(
    ([, pattern]) => pattern.test(request.path) || pattern.test(request.query),
  );
  if (request.method === 'DELETE') return 'contactClear';
  return found?.[0] ?? 'click2call';
}
