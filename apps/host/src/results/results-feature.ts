import { TelephonyError } from '@finaz-telephony/core';
import { boundFeature, featureAt, type BoundFeature } from '../tenants/bound-feature.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * The connection that tells the results of a mailing: the one that is bound to do so. Once the company loads through another one, it is the one that the mailing was loaded
 * through: the other dials the same people, and what it reports of them would be taken for results of this mailing. One that cannot be used at the moment is waited for.
 *
 * @param loadedThrough `null` where that was not written down
 * @returns `undefined` where nobody can tell
 */
export function resultsConnection(
  { bindings: { contactLoad, dialerResults }, connections, unusable }: Tenant,
  loadedThrough: string | null,
): string | undefined {
  const isUsual = loadedThrough === null || loadedThrough === contactLoad;
  if (dialerResults === undefined || isUsual) return dialerResults;
  if (unusable.has(loadedThrough)) return loadedThrough;
  if (connections.get(loadedThrough)?.adapter.features.dialerResults) return loadedThrough;
  // A system of its own for reports may tell of both.
  return dialerResults === contactLoad ? undefined : dialerResults;
}

/** @throws {TelephonyError} `feature_off`, or `invalid_config` if the connection that can tell cannot be used */
export function resultsFeature(
  tenant: Tenant,
  loadedThrough: string | null,
): BoundFeature<'dialerResults'> {
  const bound = tenant.bindings.dialerResults;
  const name = resultsConnection(tenant, loadedThrough);
  if (bound === undefined || name === bound) return boundFeature(tenant, 'dialerResults');
  const feature = name === undefined ? undefined : featureAt(tenant, 'dialerResults', name);
  if (feature) return feature;
  throw new TelephonyError({
    code: 'invalid_config',
    message: `The mailing was loaded through the connection "${loadedThrough}", which cannot tell results as it stands; "${bound}" has not dialed it.`,
    hint: `Put the connection "${loadedThrough}" back into the tenant document, with its secrets and its dialerResults.`,
    feature: 'dialerResults',
  });
}
