import assert from 'node:assert/strict';
import * as v from 'valibot';
import { killAndRestartPbx, pbxConsole, pbxProcess, type AsteriskHost } from './asterisk-host.ts';
import { check, contact, json, problem, steps, until } from './asterisk-steps.ts';
import { openWire } from './asterisk-wire.ts';

const LoadError = v.object({ code: v.string(), message: v.string(), hint: v.string() });

/** What can be wrong with an Asterisk: each trouble has its own code, sentence and remedy. Restarts Asterisk in the last checks. */
export async function checkErrors(host: AsteriskHost): Promise<void> {
  const { place, placed, phase, transfer, send, mailingIn } = steps(host);
  const { lab, ask } = host;
  const clear = (queue: string) => ask(`/queues/${queue}/clear`, { method: 'POST' });
  const secret = (name: string, value: string) =>
    ask(`/secrets/${name}`, { method: 'PUT', json: { value } });
  async function stopped(queue: string) {
    const mailing = await mailingIn(await send(queue, [contact('1', '999990070')]), 'stopped');
    return v.parse(LoadError, mailing['error']);
  }
  await secret('readOnly', lab.readOnly.password);
  await secret('weak', lab.weak.password);

  await check('an unknown queue, and one with a name that AstDB would misread', async () => {
    const unknown = await stopped('999');
    assert.deepEqual([unknown.code, /no such queue/.test(unknown.message)], ['not_found', true]);
    const wild = await stopped('1%25');
    assert.equal(wild.code, 'invalid_input');
    assert.match(wild.message, /cannot be used with Asterisk/);
    const cleared = await problem(await clear('999'), 404);
    assert.deepEqual([cleared.code, /queues.conf/.test(cleared.hint)], ['not_found', true]);
    assert.equal((await problem(await clear('1_0'), 400)).code, 'invalid_input');
  });

  await check('a wrong password of ARI', async () => {
    await host.save({ ari: { user: lab.ari.user, password: '${secret:event}' } });
    const told = await problem(await place('1001', '99999-0080'), 502);
    assert.deepEqual([told.code, /ari\.conf/.test(told.hint)], ['auth_failed', true]);
    assert.match(told.detail, /does not accept the user of ARI/);
  });
  await check('a user of ARI that may only read', async () => {
    await host.save({ ari: { user: lab.readOnly.user, password: '${secret:readOnly}' } });
    const told = await problem(await place('1001', '99999-0080'), 502);
    assert.deepEqual([told.code, /read_only=no/.test(told.hint)], ['auth_failed', true]);
    assert.match(told.detail, /may only read/);
  });
  await check('a wrong secret of AMI', async () => {
    await host.save({ ami: { user: lab.ami.user, password: '${secret:event}' } });
    const told = await stopped('100');
    assert.deepEqual([told.code, /manager\.conf/.test(told.hint)], ['auth_failed', true]);
    assert.match(told.message, /does not accept the login of the manager interface/);
  });
  await check('a right that the user of AMI lacks', async () => {
    await host.save({ ami: { user: lab.weak.user, password: '${secret:weak}' } });
    const told = await stopped('100');
    assert.deepEqual([told.code, /Add "(?:call|system)"/.test(told.hint)], ['auth_failed', true]);
    assert.match(told.message, /lacks the right for/);
  });

  await check('a login that lapses in the middle is renewed, and nothing is lost', async () => {
    let lapses = 0;
    let ended = 'nothing yet';
    const wire = await openWire(lab.url, async (body, cookie) => {
      if (!body.startsWith(ended)) return;
      lapses += 1;
      ended = 'nothing more';
      // The session is ended at the server while the request that needs it is already on its way.
      await fetch(`${lab.url}/rawman?action=Logoff`, { headers: { cookie } });
    });
    try {
      await host.save({ baseUrl: wire.url });
      ended = 'Action=DBPut';
      await mailingIn(await send('200', [contact('1', '999990070')]), 'active');
      ended = 'Action=DBDelTree';
      assert.equal((await json(await clear('200'), 200))['cleared'], 1);
      // The clear is repeated if the wait for the disk finds another session than the one at the beginning.
      ended = 'Action=DBGet&';
      await json(await clear('200'), 200);
      assert.equal(lapses, 3);
    } finally {
      await wire.close();
      await host.save();
    }
  });

  await check(
    'an Asterisk that hangs: told in time, and what was not sent is no doubt',
    async () => {
      await host.save({}, { timeout: 2 });
      process.kill(pbxProcess(lab), 'SIGSTOP');
      try {
        for (const answer of [
          await place('1001', '99999-0080'),
          await transfer('1001', '11988880080'),
        ]) {
          const told = await problem(answer, 504);
          assert.deepEqual([told.code, told.delivery], ['timeout', 'not_sent']);
          assert.match(told.detail, /did not answer within 2 s/);
        }
        assert.equal((await problem(await clear('100'), 504)).code, 'timeout');
        assert.equal((await problem(await ask('/recordings/c2c-1'), 504)).code, 'timeout');
      } finally {
        process.kill(pbxProcess(lab), 'SIGCONT');
        await host.save();
      }
    },
  );

  await check('an Asterisk that is down, and one that is there again', async () => {
    const callId = await placed('1002', '99999-0081');
    await phase(callId, 'talking');
    process.kill(pbxProcess(lab), 'SIGKILL');
    try {
      for (const answer of [
        await place('1001', '99999-0080'),
        await transfer('1001', '11988880080'),
        await clear('100'),
        await ask('/recordings/c2c-1'),
      ]) {
        const told = await problem(answer, 502);
        assert.deepEqual([told.code, told.delivery], ['network', 'not_sent']);
      }
    } finally {
      await killAndRestartPbx(lab);
    }
    // The restarted Asterisk knows nothing of the call.
    const ended = await phase(callId, 'ended');
    assert.deepEqual([ended.outcome, ended.vendorStatus], ['unknown', 'INTERROMPIDA']);
    await json(await clear('100'), 200);
  });

  await check(
    'an Asterisk that dies in the middle of a load has every contact at its end',
    async () => {
      const contacts = Array.from({ length: 2000 }, (_, index) =>
        contact(`l-${index}`, '999990070'),
      );
      const id = await send('200', contacts);
      await until(
        async () =>
          Number((await json(await ask(`/mailings/${id}`), 200))['sent']) > 0 || undefined,
        'the first batch',
      );
      await killAndRestartPbx(lab);
      const mailing = await mailingIn(id, 'active', 60);
      assert.deepEqual([mailing['sent'], mailing['failed'], mailing['inDoubt']], [2000, 0, 0]);
      assert.match(pbxConsole(lab, 'database show finaz/fila/200'), /^2000 results found/m);
      assert.equal((await json(await clear('200'), 200))['cleared'], 2000);
    },
  );
}
