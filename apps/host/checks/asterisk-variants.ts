import assert from 'node:assert/strict';
import { pbxConsole, type AsteriskHost } from './asterisk-host.ts';
import { check, contact, json, steps, until } from './asterisk-steps.ts';
import { openScreen } from './operator-screen.ts';

/** How other systems based on Asterisk differ: phones rung through their dialplan, members of queues as Local channels, contexts with their own names. */
export async function checkVariants(host: AsteriskHost): Promise<void> {
  const { placed, phase, transfer, hangUp, send, mailingIn } = steps(host);

  await check(
    'an operator rung by the dialplan of the server, in contexts of other names',
    async () => {
      await host.save({
        operatorChannel: 'Local/%@finaz-saida/n',
        contexts: { click2call: 'minha-chamada', transfer: 'minha-transferencia' },
        transferSeconds: 3,
      });
      try {
        const callId = await placed('1001', '99999-0081');
        await phase(callId, 'talking');
        const body = await json(await transfer('1001', '11988880080'), 200);
        assert.deepEqual([body['status'], body['outcome']], ['accepted', 'answered']);
        const ended = await phase(callId, 'ended', 30);
        assert.deepEqual([ended.outcome, ended.vendorStatus], ['answered', 'ATENDIDA']);
      } finally {
        await hangUp('1001');
        await host.save();
      }
    },
  );

  await check(
    'a queue whose member is a Local channel: the screen is that of its extension',
    async () => {
      const screen = openScreen(host, '1002');
      const id = await send('300', [contact('v-1', '999990080')]);
      await mailingIn(id, 'active');
      const event = await until(
        async () => [...screen.events.values()].find(({ contactId }) => contactId === 'v-1'),
        'the event',
        40,
      );
      assert.equal(event.extension, '1002');
      await screen.close();
      await json(await host.ask(`/mailings/${id}/deactivate`, { method: 'POST' }), 202);
      await hangUp('1002');
    },
  );

  await check(
    'a contact that waits for its next try stands behind those that were not dialed yet',
    async () => {
      pbxConsole(host.lab, 'dialplan set global FINAZ_PAUSA 300');
      try {
        await mailingIn(await send('100', [contact('v-2', '955550010', '955550011')]), 'active');
        await until(
          async () =>
            /fila\/100\/~\d{10}\.v-2 +: v-2\|/.test(
              pbxConsole(host.lab, 'database show finaz/fila'),
            ) || undefined,
          'its next try in the list',
        );
        const cleared = await host.ask('/queues/100/clear', { method: 'POST' });
        assert.equal((await json(cleared, 200))['cleared'], 1);
      } finally {
        pbxConsole(host.lab, 'dialplan set global FINAZ_PAUSA 1');
      }
    },
  );
}
