import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import type { ClaimedMailing } from '../../src/mailings/mailing-claims.ts';
import { createMailingLists } from '../../src/mailings/mailing-lists.ts';
import { createQueueOwners } from '../../src/mailings/queue-owners.ts';
import { openResults } from './open-results.ts';
import { recordsOf } from './records.ts';

/** A mailing of one contact, complete and waiting, on a real store, without a host: hosts are what writes there under their ids. */
export async function openOneMailing() {
  let now = 1_764_000_000_000;
  const clock = () => now;
  const { store, tenant, close } = await openResults();
  const host = (id: string) => ({
    ...recordsOf(store, id, clock),
    ledger: createLedger(store),
    queues: createQueueOwners(store, clock),
  });
  const { intakes, mailings, ledger } = host('first');
  const ref = await intakes.create(tenant, { id: 'm-1', queue: '7', parameters: {} });
  await ledger.add({
    mailing: ref,
    at: now,
    contacts: [{ position: 1, contactId: '7001', line: '7001\tAna\t' }],
    seal: () => ({ mailing: ref, page: 0, sealed: '' }),
    rejects: [],
  });
  await intakes.received('m-1', { total: 1, rejected: 0, areaCodes: ['41'] });

  return {
    store,
    tenant,
    ref,
    clock,
    close,
    host,
    pass: (ms: number) => {
      now += ms;
    },
    /** The key of the host that takes the mailing. */
    claim: async (hostId: string) => {
      const [claimed] = await host(hostId).mailings.claim(1, [], 1);
      if (!claimed) throw new Error('nothing was claimed');
      return keyOf(claimed, ref);
    },
    record: async () => {
      const found = await mailings.find(tenant, 'm-1');
      if (!found) throw new Error('there is no mailing');
      return found;
    },
    contact: async () => {
      const filter = { after: 0, limit: 1 };
      const [contact] = await createMailingLists(store).contacts(tenant.cipher, ref, filter);
      return contact;
    },
  };
}

const keyOf = ({ id, fence }: ClaimedMailing, ref: number) => ({ mailingId: id, fence, ref });
