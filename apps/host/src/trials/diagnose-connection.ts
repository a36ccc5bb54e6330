import { finding, type Finding } from '@finaz-telephony/core';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { checkCredentials, type ExaminedConnection } from './check-credentials.ts';
import { createWork, type ContextOptions } from '../adapter-work/create-work.ts';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';

/** A diagnosis makes many small requests; none of them may block the rest for ever. */
const mostMs = 120_000;

/** The adapter's findings about the vendor's side; if it has no `diagnose`, whether the credentials are right. Failures become findings and are not thrown. */
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
    // Not "for await": a stuck diagnosis is abandoned, and "for await" would wait for its end.
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

/** Masks the secrets of the document and those that the adapter has learnt in the meantime. */
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
