import type { Connection, Tenant } from './tenant.ts';

/** Whether neither the document nor a secret of its connections has changed between the two. */
export function isSameTenant(one: Tenant, other: Tenant): boolean {
  return (
    one.version === other.version &&
    [...one.connections.values()].every((connection) =>
      hasSameSecrets(connection, other.connections.get(connection.name)),
    )
  );
}

function hasSameSecrets(one: Connection, other: Connection | undefined): boolean {
  return (
    one.secretValues.length === other?.secretValues.length &&
    one.secretValues.every((value, index) => value === other.secretValues[index])
  );
}
