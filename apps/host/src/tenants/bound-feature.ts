import { TelephonyError, type FeatureName, type Features } from '@finaz-telephony/core';
import type { Connection, Tenant } from './tenant.ts';

/** A feature of a tenant with the connection that serves it. */
export interface BoundFeature<Name extends FeatureName> {
  readonly name: Name;
  readonly connection: Connection;
  readonly run: Features[Name];
}

/** @throws {TelephonyError} `feature_off` if the tenant has not bound it, `invalid_config` if its connection cannot be used */
export function boundFeature<Name extends FeatureName>(
  tenant: Tenant,
  name: Name,
): BoundFeature<Name> {
  const connectionName = tenant.bindings[name];
  if (connectionName === undefined) {
    throw new TelephonyError({
      code: 'feature_off',
      message: `The feature ${name} is off for this company.`,
      hint: `Bind it to a connection in the tenant document: features.${name}.`,
      feature: name,
    });
  }
  const bound = featureAt(tenant, name, connectionName);
  if (!bound) {
    throw new TelephonyError({
      code: 'invalid_config',
      message: `The connection "${connectionName}" cannot serve ${name} as it stands.`,
      hint: 'Save the tenant document again: the answer names what is wrong, a secret that is not set for instance.',
      feature: name,
    });
  }
  return bound;
}

/** A feature at a connection, whichever one it is bound to. `undefined` if that connection cannot serve it. */
export function featureAt<Name extends FeatureName>(
  tenant: Tenant,
  name: Name,
  connectionName: string,
): BoundFeature<Name> | undefined {
  const connection = tenant.connections.get(connectionName);
  const run = connection?.adapter.features[name];
  return connection && run && { name, connection, run };
}
