import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { AsteriskHost } from './asterisk-host.ts';
import * as v from 'valibot';
import { check, json, steps } from './asterisk-steps.ts';

const MailingsShape = v.object({ mailings: v.array(v.object({ mailingId: v.string() })) });

/** Open connections to a port of this machine, from the kernel's table. */
function openConnections(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`^\\s*\\d+: \\S+ 0100007F:${port} 01 `).test(line)).length;
}

/** Asterisk accepts 100 connections in all, closes further ones without an answer, and closes idle ones after 15 seconds. */
export async function checkConnections(host: AsteriskHost): Promise<void> {
  const { ask, save, lab } = host;
  await check(
    '60 requests at once: none is lost, and most connections are left to others',
    async () => {
      // The default limits, as for a company that sets none.
      await save({}, { concurrency: undefined });
      let most = 0;
      let isOver = false;
      const asked = Promise.all(
        Array.from(
          { length: 60 },
          async (_, index) => (await ask(`/recordings/c2c-${index}`)).status,
        ),
      ).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        most = Math.max(most, openConnections(lab.url));
        await pause(2);
      }
      assert.deepEqual(new Set(await asked), new Set([404]));
      assert.ok(most > 0 && most <= 50, `${most} connections at once`);
      await save();
    },
  );

  await check('a connection that idles is given up before Asterisk closes it', async () => {
    // The host looks at the dialers of active mailings twice a minute, which would keep connections in use.
    const { mailings } = v.parse(
      MailingsShape,
      await json(await ask('/mailings?state=active'), 200),
    );
    for (const { mailingId } of mailings) {
      await json(await ask(`/mailings/${mailingId}/deactivate`, { method: 'POST' }), 202);
      await steps(host).mailingIn(mailingId, 'finished');
    }
    await ask('/recordings/c2c-1');
    await pause(10_500);
    assert.equal(openConnections(lab.url), 0);
  });
}
