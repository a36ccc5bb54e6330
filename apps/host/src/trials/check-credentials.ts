import type { TelephonyError } from '@finaz-telephony/core';
import type { ExchangeRecord } from '../egress/egress.ts';
import type { Connection } from '../tenants/tenant.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import type { ContextOptions } from '../adapter-work/create-work.ts';
import { inContext, type LoggedWorkplace } from '../adapter-work/in-context.ts';

/** A connection whose telephone system is checked, independently of all features. */
export type ExaminedConnection = ContextOptions['connection'] & Pick<Connection, 'adapter'>;

/** Checks the credentials of a connection. `undefined` if they are right, or if the adapter has no such check. */
export async function checkCredentials(
  dependencies: LoggedWorkplace,
  tenant: ContextOptions['tenant'],
  connection: ExaminedConnection,
  onExchange?: (exchange: ExchangeRecord) => void,
): Promise<TelephonyError | undefined> {
  const { checkCredentials: check } = connection.adapter;
  if (!check) return undefined;
  try {
    await inContext(
      dependencies,
      {
        tenant,
        connection,
        feature: 'credentials',
        personal: [],
        signal: AbortSignal.timeout(connection.limits.timeoutMs + 1000),
        ...(onExchange && { onExchange }),
      },
      check,
    );
    return undefined;
  } catch (error) {
    return adapterFailure(error, undefined, dependencies.logger);
  }
}
