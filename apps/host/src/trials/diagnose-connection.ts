import { finding, type Finding } from '@finaz-telephony/core';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { checkCredentials, type ExaminedConnection } from './check-credentials.ts';
import { createWork, type ContextOptions } from '../adapter-work/create-work.ts';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';

/** A look at a whole system asks many small questions; none of them may hold up the rest for ever. */
const mostMs = 120_000;

/** What the adapter finds on the vendor's side; where it has no such look, whether its credentials are right. Never throws for what it finds. */
export async function* diagnoseConnection(
  dependencies: LoggedWorkplace,
  tenant: ContextOptions['tenant'],
  connection: ExaminedConnection,
): AsyncGenerator<Finding> {
  const { diagnose } = connection.adapter;
  if (!diagnose) {
    yield await credentialsFinding(dependencies, tenant, connection);
    return;
  }
  const exchange = dependencies.exchanges.begin();
  const { context, endOf, masked, maskedText } = createWork(dependencies, {
    tenant,
    connection,
    feature: 'credentials',
    personal: [],
    signal: AbortSignal.timeout(mostMs),
    record: exchange.record,
  });
  try {
    // Not by "for await": a look that is stuck is given up, and would be waited for at its end.
    const findings = diagnose(context)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await endOf(findings.next());
      if (done) return;
      yield maskedFinding(value, maskedText);
    }
  } catch (error) {
    const { message } = masked(adapterFailure(error, undefined, dependencies.logger));
    dependencies.logger.warn(
      { tenant: tenant.id, connection: connection.name, reason: message },
      'a diagnosis ended before its time',
    );
    yield finding.broken('diagnosis', message, 'Mend what is named above and run it again.');
  } finally {
    exchange.settle(null);
  }
}

/** Without what the document names as secret, and what the adapter has learnt to be so meanwhile. */
const maskedFinding = (
  { check, state, message, mend }: Finding,
  masked: (text: string) => string,
): Finding => ({
  check,
  state,
  message: masked(message),
  ...(mend !== undefined && { mend: masked(mend) }),
});

async function credentialsFinding(
  dependencies: LoggedWorkplace,
  tenant: ContextOptions['tenant'],
  connection: ExaminedConnection,
): Promise<Finding> {
  const check = 'credentials';
  if (!connection.adapter.checkCredentials)
    return finding.ok(check, 'this adapter has no diagnosis of its own');
  const error = await checkCredentials(dependencies, tenant, connection);
  if (!error) return finding.ok(check, 'address and credentials are right');
  const mend = error.hint ?? 'Mend the settings of the connection in the tenant document.';
  return finding.broken(check, error.message, mend);
}
