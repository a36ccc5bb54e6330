// The database has stored that a mailing is complete, and the connection breaks before the host hears of it.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type * as IntakesModule from '../../src/mailings/intake/mailing-intakes.ts';
import { jsonOf } from '../support/json.ts';
import { contacts, isIn, TakenShape, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let isBroken = false;

vi.mock('../../src/mailings/intake/mailing-intakes.ts', async (original) => {
  const { createMailingIntakes, ...rest } = await original<typeof IntakesModule>();
  return {
    ...rest,
    createMailingIntakes(...[store, ...others]: Parameters<typeof createMailingIntakes>) {
      const intakes = createMailingIntakes(store, ...others);
      const stateOf = (id: string) =>
        store.db.selectFrom('mailings').select('state').where('id', '=', id).executeTakeFirst();
      return {
        ...intakes,
        async received(...args: Parameters<typeof intakes.received>) {
          await intakes.received(...args);
          if (isBroken) return;
          isBroken = true;
          // The host begins to load the mailing at once.
          while ((await stateOf(args[0]))?.state === 'waiting') await pause(10);
          throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        },
      };
    },
  };
});

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

it('a mailing that is stored and loaded without its intake hearing of it is answered with 202: otherwise its sender would send it again', async () => {
  const response = await host.tenant('/mailings?queue=7', { json: contacts(3) });
  expect(response.status).toBe(202);
  const { mailingId } = await jsonOf(response, TakenShape);
  expect(await until(host, mailingId, isIn('active'))).toMatchObject({ total: 3, sent: 3 });
});
