import type { Parameters } from '@finaz-telephony/core';
import { boundFeature } from '../../tenants/bound-feature.ts';
import { invalidRequest } from '../../http/request-error.ts';
import { stillUnanswered } from '../../http/idempotency-keys.ts';
import { newRowId } from '../../store/row-id.ts';
import type { NumberScreen } from '../../rules/number-screen.ts';
import { insist } from '../../store/insist.ts';
import { tellSpan } from '../../tracing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { Intake } from './intake.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MailingIntakes } from './mailing-intakes.ts';
import type { MailingRow } from './mailing-row.ts';
import type { MailingStore } from '../mailing-store.ts';
import { rowChunks } from './row-chunks.ts';

export interface IntakeDependencies {
  readonly mailings: MailingStore;
  readonly intakes: MailingIntakes;
  readonly ledger: Ledger;
  readonly openScreen: (tenant: Tenant) => Promise<NumberScreen>;
  readonly clock: () => number;
}

export interface TakenMailing {
  readonly mailingId: string;
  readonly total: number;
  readonly rejected: number;
}

const keepAliveMs = 3000;
/** Less than a sender waits for its answer. */
const longestUnheardMs = 20_000;
const longestWithdrawalMs = 600_000;

/**
 * Takes a mailing in: checks each row by itself, in flat memory. Once it resolves, everything is on the disk; a mailing that does not arrive whole leaves
 * nothing behind.
 *
 * @param begin called with the id before any contact is stored; if it throws, the intake ends
 */
export async function takeMailing(
  dependencies: IntakeDependencies,
  tenant: Tenant,
  mailing: { readonly queue: string; readonly parameters: Parameters },
  rows: AsyncIterable<MailingRow>,
  begin: (mailingId: string) => Promise<void>,
): Promise<TakenMailing> {
  const { intakes } = dependencies;
  const mailingId = newRowId();
  tellSpan({ 'telephony.mailing.id': mailingId });
  const ref = await intakes.create(tenant, { id: mailingId, ...mailing });
  const alive = setInterval(() => {
    intakes.keepReceiving(mailingId).catch(() => undefined);
  }, keepAliveMs);
  try {
    await begin(mailingId);
    const intake = new Intake(
      dependencies,
      tenant,
      ref,
      await dependencies.openScreen(tenant),
      boundFeature(tenant, 'contactLoad').run.mostPhones,
    );
    for await (const chunk of rowChunks(rows)) await intake.add(chunk);
    await intake.end();
    const { total, rejected, areaCodes } = intake;
    if (total + rejected === 0) {
      throw invalidRequest([{ path: 'body', message: 'has no contact' }], 'The mailing is empty.');
    }
    const counts = { total, rejected, areaCodes: [...areaCodes].toSorted() };
    // If the connection to the store breaks just now, the mailing may be stored: a caller who was told that it was not would send it again.
    const until = AbortSignal.timeout(longestUnheardMs);
    await insist(() => intakes.received(mailingId, counts), { until });
    return { mailingId, total, rejected };
  } catch (error) {
    // What cannot be removed now is swept later, once its lease, which nobody renews any more, has run out.
    const isGone = await intakes.giveUp(mailingId, ref).catch(() => {
      // A caller who is told that the mailing was not taken sends it again: the two must not both be loaded.
      const until = AbortSignal.timeout(longestWithdrawalMs);
      insist(() => intakes.withdraw(mailingId), { until }).catch(() => undefined);
      return true;
    });
    const taken = isGone ? undefined : await takenAs(dependencies, tenant, mailingId);
    if (!taken) throw error;
    return taken;
  } finally {
    clearInterval(alive);
  }
}

/**
 * What became of a mailing whose host died before it answered, or did not hear that the mailing is complete: it is complete, or gone and to be taken in again.
 *
 * @throws {RequestError} if its intake may still be alive
 */
export async function takenBefore(
  dependencies: Pick<IntakeDependencies, 'intakes' | 'mailings'>,
  tenant: Tenant,
  mailingId: string,
): Promise<TakenMailing | undefined> {
  const { intakes } = dependencies;
  if ((await intakes.sweep(mailingId)) === 'lives') throw stillUnanswered();
  await intakes.keep(mailingId);
  return takenAs(dependencies, tenant, mailingId);
}

async function takenAs(
  { mailings }: Pick<IntakeDependencies, 'mailings'>,
  tenant: Tenant,
  mailingId: string,
): Promise<TakenMailing | undefined> {
  const record = await mailings.find(tenant, mailingId);
  return record && { mailingId, total: record.total, rejected: record.rejected };
}
