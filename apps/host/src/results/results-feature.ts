import { TelephonyError } from '@finaz-telephony/core';
import { boundFeature, featureAt, type BoundFeature } from '../tenants/bound-feature.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What decides which connection is asked for the results of a mailing. */
export interface ResultsSource {
  /** The connection that the mailing was loaded through; `null` where that was not written down. */
  readonly loadedThrough: string | null;
  /** The connection that results of the mailing have come from; `null` if none have come yet. */
  readonly toldBy: string | null;
}

/**
 * The connection to ask for the results of a mailing. If results have come already, the one that they came from: another one may have other ids for the same
 * attempts, and they would count twice. Otherwise the one that is bound to `dialerResults`. But once the company loads through another connection than the
 * mailing was loaded through, the latter: the new one dials the same people, and what it reports would be taken for results of this mailing.
 *
 * @returns `undefined` if no connection can tell
 */
export function resultsConnection(
  tenant: Tenant,
  { loadedThrough, toldBy }: ResultsSource,
): string | undefined {
  const { contactLoad, dialerResults } = tenant.bindings;
  if (dialerResults === undefined) return undefined;
  if (toldBy !== null && mayTell(tenant, toldBy)) return toldBy;
  if (loadedThrough === null || loadedThrough === contactLoad) return dialerResults;
  if (mayTell(tenant, loadedThrough)) return loadedThrough;
  // A separate system for reports may tell of both.
  return dialerResults === contactLoad ? undefined : dialerResults;
}

/** A connection that cannot be used at the moment, for want of a secret for instance, counts: its results are waited for. */
const mayTell = ({ connections, unusable }: Tenant, name: string): boolean =>
  unusable.has(name) || connections.get(name)?.adapter.features.dialerResults !== undefined;

/** Whether the one that tells the results cannot be used as it stands. */
export function tellsUnusable(tenant: Tenant, source: ResultsSource): boolean {
  const name = resultsConnection(tenant, source);
  return name !== undefined && tenant.unusable.has(name);
}

/** @throws {TelephonyError} `feature_off`, or `invalid_config` if the connection that can tell cannot be used */
export function resultsFeature(
  tenant: Tenant,
  source: ResultsSource,
): BoundFeature<'dialerResults'> {
  const bound = tenant.bindings.dialerResults;
  const name = resultsConnection(tenant, source);
  if (bound === undefined || name === bound) return boundFeature(tenant, 'dialerResults');
  const feature = name === undefined ? undefined : featureAt(tenant, 'dialerResults', name);
  if (feature) return feature;
  const wanted = name ?? source.loadedThrough;
  throw new TelephonyError({
    code: 'invalid_config',
    message: `The results of this mailing come from the connection "${wanted}", which cannot tell them as it stands; those of "${bound}" are of other mailings, or would count twice.`,
    hint:
      name === undefined
        ? `Put the connection "${wanted}" back into the tenant document, with its secrets and its dialerResults.`
        : `Save the tenant document again: the answer names what is wrong, a secret that is not set for instance. If nobody will mend it, remove the connection "${wanted}" from the document.`,
    feature: 'dialerResults',
  });
}
