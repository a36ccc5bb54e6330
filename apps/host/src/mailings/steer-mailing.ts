import { RequestError } from '../http/request-error.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Ledger } from './ledger/ledger.ts';
import { LoadLost, type LedgerKey, type LedgerMove } from './ledger/ledger-writes.ts';
import { mailingCommands, noneIsThere, type MailingCommand } from './mailing-state.ts';
import type { ListedMailing, MailingRecord, MailingStore } from './mailing-store.ts';
import { isUnderWay } from './load/recover-contacts.ts';
import { wayOfFormer } from './former-connection.ts';
import { replaced } from './replaced.ts';

export interface SteerDependencies {
  readonly mailings: MailingStore;
  readonly ledger: Ledger;
  readonly clock: () => number;
}

/** What a person says about contacts that are in doubt. */
export interface Settlement {
  /** `sent`: the telephone system has them. `pending`: it does not; they are sent again. `failed`: they are given up. */
  readonly as: 'sent' | 'pending' | 'failed';
  /** All that are in doubt, where absent. */
  readonly contactIds?: readonly string[];
}

const past: Readonly<Record<MailingCommand, string>> = {
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
  cancel: 'cancelled',
  deactivate: 'deactivated',
};

const there = <Found>(found: Found | undefined): Found => {
  if (found !== undefined) return found;
  throw new RequestError(404, 'not_found', 'There is no such mailing.');
};

/** @throws {TelephonyError} `internal` if it is damaged */
export const mailingOf = async (
  mailings: MailingStore,
  tenant: Tenant,
  id: string,
): Promise<MailingRecord> => there(await mailings.find(tenant, id));

/** For what does not need its sealed part. */
export const listedMailingOf = async (
  mailings: MailingStore,
  tenant: Tenant,
  id: string,
): Promise<ListedMailing> => there(await mailings.findListed(tenant, id));

/**
 * Does what a person asks for. A mailing that is damaged can only be cancelled: otherwise it would keep others from its queue for ever.
 *
 * @throws {RequestError} 409 saying what state it is in and what may be done
 * @throws {TelephonyError} `internal` if it is damaged
 */
export async function steerMailing(
  { mailings, ledger, clock }: SteerDependencies,
  tenant: Tenant,
  id: string,
  command: MailingCommand,
): Promise<ListedMailing> {
  const look = () => (command === 'cancel' ? listedMailingOf : mailingOf)(mailings, tenant, id);
  const before = await look();
  if (command === 'retry') {
    refuseElsewhere(tenant, before);
    await underFence(() => makeReady({ mailings, ledger, clock }, tenant, id));
    const record = await look();
    // Everything is there: nothing to begin.
    if (record.state === 'active' && record.pending === 0) return record;
  }
  if (command === 'resume') refuseReplaced(before);
  if (!(await mailings.command(tenant, id, command))) {
    const now = await look();
    if (isDone(now, command)) return now;
    if (allows(now, command)) refuseReplaced(now);
    throw new RequestError(
      409,
      'conflict',
      `A mailing that is ${now.state} cannot be ${past[command]}.`,
      { hint: `That is possible in these states: ${mailingCommands[command].from.join(', ')}.` },
    );
  }
  return look();
}

/** Makes failed contacts pending again. */
async function makeReady(
  { mailings, ledger, clock }: SteerDependencies,
  tenant: Tenant,
  id: string,
): Promise<void> {
  const record = await mailingOf(mailings, tenant, id);
  if (!allows(record, 'retry')) return;
  refuseReplaced(record);
  // A file was on its way when its host died: the load settles it first, and would count every contact that is pending by then as part of it.
  if (record.file_at !== null && isUnderWay(record)) return;
  await ledger.moveAll(keyOf(record), { from: 'failed', to: 'pending' }, clock);
  // No contact is, or may be, at the telephone system: the load starts from its beginning, with a clear.
  if (noneIsThere(record) && record.sending === 0) {
    await mailings.change(tenant, record, keyOf(record), { cleared_at: null, prepared_at: null });
  }
}

/** The command was carried out before: repeating it does no harm. */
const isDone = ({ state }: ListedMailing, command: MailingCommand): boolean =>
  state === mailingCommands[command].to || (command === 'deactivate' && state === 'finished');

const allows = (record: ListedMailing, command: MailingCommand): boolean =>
  mailingCommands[command].from.some((state) => state === record.state);

function refuseReplaced(record: ListedMailing): void {
  if (record.replaced_at === null) return;
  throw new RequestError(409, 'conflict', replaced.message, { hint: replaced.hint });
}

/** The loaded contacts are being dialed: a retry would stop the mailing, and load nothing. */
function refuseElsewhere(
  tenant: Tenant,
  { state, connection, failed, pending }: ListedMailing,
): void {
  if (state !== 'active' || failed + pending === 0) return;
  if (connection === null || connection === tenant.bindings.contactLoad) return;
  throw new RequestError(
    409,
    'conflict',
    `The mailing is dialed at the connection "${connection}", through which the company does not load any more.`,
    {
      hint: wayOfFormer(tenant, connection, 'send the contacts that are not there as a new one'),
    },
  );
}

function refuseUnlessSentAgain(record: MailingRecord): void {
  refuseReplaced(record);
  const { state } = record;
  if (state !== 'deactivating' && state !== 'finished' && state !== 'cancelled') return;
  throw new RequestError(
    409,
    'conflict',
    `A mailing that is ${state} is no longer being loaded, so its contacts would not be sent again.`,
    { hint: 'Settle them as failed, and send those contacts as a new mailing.' },
  );
}

/** A file being sent settles every contact that is pending when it has arrived, including one that was not in it. */
function refuseDuringFile(record: MailingRecord, at: number): void {
  const isOnItsWay = record.file_at !== null && isUnderWay(record);
  // A host has claimed the mailing and may begin at any moment; under the same fence, both could write.
  const isBegun = record.state === 'waiting' && record.lease_until > at;
  if (!isOnItsWay && !isBegun) return;
  throw new RequestError(409, 'conflict', 'A file of this mailing is being sent, or about to be.', {
    hint:
      record.state === 'paused'
        ? 'Wait until that has finished; if it does not, resume the mailing first.'
        : 'Wait until that has finished.',
  });
}

/**
 * Settles contacts in doubt as a person says. Many are settled in several commits: if it fails, some may be settled already, and the same once more settles the
 * others.
 *
 * @returns how many contacts it was
 */
export async function settleDoubts(
  dependencies: SteerDependencies,
  tenant: Tenant,
  id: string,
  settlement: Settlement,
): Promise<number> {
  const { mailings } = dependencies;
  const before = await mailingOf(mailings, tenant, id);
  await underFence(() => settle(dependencies, tenant, id, settlement));
  const after = await mailingOf(mailings, tenant, id);
  return before.in_doubt - after.in_doubt;
}

async function settle(
  { mailings, ledger, clock }: SteerDependencies,
  tenant: Tenant,
  id: string,
  { as, contactIds }: Settlement,
): Promise<void> {
  const record = await mailingOf(mailings, tenant, id);
  if (record.state === 'loading') {
    throw new RequestError(409, 'conflict', 'The mailing is being loaded at this moment.', {
      hint: 'Pause it first, or wait for its end.',
    });
  }
  if (as === 'pending') {
    refuseUnlessSentAgain(record);
    refuseDuringFile(record, clock());
  }
  if (contactIds) {
    const positions = await ledger.positionsOf(record.ref, contactIds);
    const moves = [...positions.values()].map((position): LedgerMove => ({
      position,
      from: 'in_doubt',
      to: as,
      vendor: null,
    }));
    await ledger.move(keyOf(record), moves, clock());
  } else await ledger.moveAll(keyOf(record), { from: 'in_doubt', to: as }, clock);
}

const keyOf = ({ id, ref, fence }: MailingRecord): LedgerKey => ({ mailingId: id, ref, fence });

const mostFences = 5;

/** If a host takes the mailing over at this moment, it raises the fence: then the work starts again from a fresh look at the mailing. */
async function underFence<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LoadLost) || attempt === mostFences) throw error;
    }
  }
}
