import { TelephonyError } from '@finaz-telephony/core';
import { RequestError } from '../http/error-response.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerKey, LedgerMove } from './ledger-writes.ts';
import { mailingCommands, type ContactState, type MailingCommand } from './mailing-state.ts';
import type { MailingRecord, MailingStore } from './mailing-store.ts';

export interface SteerDependencies {
  readonly mailings: MailingStore;
  readonly ledger: Ledger;
  readonly clock: () => number;
}

/** A person's word on contacts that are in doubt. */
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

export async function mailingOf(
  mailings: MailingStore,
  tenant: Tenant,
  id: string,
): Promise<MailingRecord> {
  const record = await mailings.find(tenant, id);
  if (record) return record;
  throw new RequestError(404, 'not_found', 'There is no such mailing.');
}

/** Does what a person asks for. @throws {RequestError} 409 saying what state it is in and what may be done */
export async function steerMailing(
  { mailings, ledger, clock }: SteerDependencies,
  tenant: Tenant,
  id: string,
  command: MailingCommand,
): Promise<MailingRecord> {
  const record = await mailingOf(mailings, tenant, id);
  if (command === 'resume' || command === 'retry') refuseReplaced(record);
  if (command === 'retry' && allows(record, command)) {
    await moveAll(ledger, record, 'failed', 'pending', clock());
    // Nothing of it is there yet: then it is a load from its beginning, with its clear.
    if (record.sent === 0) {
      await mailings.change(tenant, record, keyOf(record), { cleared_at: null, prepared_at: null });
    }
  }
  if (!(await mailings.command(tenant, id, command))) {
    const now = await mailingOf(mailings, tenant, id);
    if (now.state === mailingCommands[command].to) return now;
    throw new RequestError(
      409,
      'conflict',
      `A mailing that is ${now.state} cannot be ${past[command]}.`,
      { hint: `It can be where it is ${mailingCommands[command].from.join(', ')}.` },
    );
  }
  return mailingOf(mailings, tenant, id);
}

const allows = (record: MailingRecord, command: MailingCommand): boolean =>
  mailingCommands[command].from.some((state) => state === record.state);

function refuseReplaced(record: MailingRecord): void {
  if (record.replaced_at === null) return;
  throw new RequestError(
    409,
    'conflict',
    'Another mailing has taken the queue since; loading this one on would mix the two.',
    { hint: 'Send its contacts as a new mailing.' },
  );
}

/** Settles what is in doubt, by a person's word. @returns how many contacts it was */
export async function settleDoubts(
  { mailings, ledger, clock }: SteerDependencies,
  tenant: Tenant,
  id: string,
  { as, contactIds }: Settlement,
): Promise<number> {
  const record = await mailingOf(mailings, tenant, id);
  if (record.state === 'loading') {
    throw new RequestError(409, 'conflict', 'The mailing is being loaded at this moment.', {
      hint: 'Pause it first, or wait for its end.',
    });
  }
  if (as === 'pending') refuseReplaced(record);
  const before = record.in_doubt;
  if (contactIds) {
    const positions = await mailings.positionsOf(record.ref, contactIds);
    const moves = [...positions.values()].map((position): LedgerMove => ({
      position,
      from: 'in_doubt',
      to: as,
      vendor: null,
    }));
    await ledger.move(keyOf(record), moves, clock());
  } else await moveAll(ledger, record, 'in_doubt', as, clock());
  const after = await mailingOf(mailings, tenant, id);
  return before - after.in_doubt;
}

const keyOf = ({ id, ref, fence }: MailingRecord): LedgerKey => ({ mailingId: id, ref, fence });

const chunk = 5000;

async function moveAll(
  ledger: Ledger,
  record: MailingRecord,
  from: ContactState,
  to: ContactState,
  at: number,
): Promise<void> {
  for (let after = 0; after < record.total; after += chunk) {
    await ledger.moveRange(keyOf(record), from, to, { after, through: after + chunk }, at);
  }
}

/** The queue may be cleared by hand, but not while a mailing is on its way into it. */
export async function refuseBusyQueue(
  mailings: MailingStore,
  tenant: Tenant,
  queue: string,
): Promise<MailingRecord | undefined> {
  const owner = await mailings.ownerOf(tenant, queue);
  if (owner?.state === 'loading' || owner?.state === 'paused') {
    throw new TelephonyError({
      code: 'refused',
      feature: 'contactClear',
      message: `Mailing ${owner.id} is ${owner.state} in this queue.`,
      hint: 'Cancel or deactivate it first.',
    });
  }
  return owner;
}
