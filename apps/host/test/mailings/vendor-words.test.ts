import { expect, it, onTestFinished } from 'vitest';
import { sealWords } from '../../src/mailings/vendor-words.ts';
import { openOneMailing } from '../support/one-mailing.ts';

it("the vendor's words about a contact remain when a person gives the contact up, and go when it is put back to pending", async () => {
  const { tenant, ref, clock, host, claim, contact, close } = await openOneMailing();
  onTestFinished(close);
  const { ledger } = host('first');
  const key = await claim('first');
  const vendor = sealWords(tenant.cipher, ref, 1, {
    code: 'timeout',
    message: 'No answer in time.',
  });
  const doubt = { position: 1, from: 'pending', to: 'in_doubt', vendor } as const;
  await ledger.move(key, [doubt], clock());
  const told = { vendor: { code: 'timeout', message: 'No answer in time.' } };
  expect(await contact()).toMatchObject({ state: 'in_doubt', ...told });
  const givenUp = { position: 1, from: 'in_doubt', to: 'failed', vendor: null } as const;
  await ledger.move(key, [givenUp], clock());
  expect(await contact()).toMatchObject({ state: 'failed', ...told });
  await ledger.move(key, [{ ...givenUp, from: 'failed', to: 'in_doubt', vendor }], clock());
  await ledger.moveAll(key, { from: 'in_doubt', to: 'failed' }, clock);
  expect(await contact()).toMatchObject({ state: 'failed', ...told });
  await ledger.moveAll(key, { from: 'failed', to: 'pending' }, clock);
  expect(await contact()).toMatchObject({ state: 'pending', vendor: null });
});
