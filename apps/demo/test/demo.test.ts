import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readEnvironment, serve } from '@finaz-telephony/host';
import { startVendorServer } from '@finaz-telephony/testing';
import { expect, it } from 'vitest';
import { runDemo } from '../src/demo.ts';

it('the demo shows calls, a whole mailing and its results, at the first start and at the second', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-demo-'));
  const shown: string[] = [];
  const moved: string[] = [];
  try {
    for (const start of ['first', 'second']) {
      const environment = readEnvironment({
        PORT: '0',
        DATA_DIR: dataDir,
        EGRESS_ALLOW: '127.0.0.0/8',
        LOG_LEVEL: 'silent',
        DRAIN_SECONDS: '0',
      });
      const vendor = await startVendorServer({ callIdPrefix: `${start}-` });
      const host = await serve(environment, createLogger('silent'));
      await runDemo({
        hostUrl: host.url,
        newAdminKey: host.newAdminKey,
        environment,
        vendor,
        show: { line: (text) => shown.push(text), moving: (text) => moved.push(text) },
      });
      const proposed = await runProposed(shown.join('\n'));
      await host.stop();
      await vendor.close();
      expect({ start, proposed }).toEqual({ start, proposed: 201 });
      const text = shown.splice(0).join('\n');
      expect({ start, text }).toEqual({ start, text: expect.stringContaining('calls it') });
      for (const words of [
        'on the screen of 1002: contact 7001',
        '65644 bytes of audio/wav',
        'accepted: the call of 1001',
        '200 contacts on the disk, 1 row refused with its reason',
        '200/200 into the queue "cobranca", cleared once first',
        'first on the screen of 1001: contact 70',
        '/docs',
      ]) {
        expect(text).toContain(words);
      }
      expect(moved.splice(0).some((bar) => / loading .* [1-9]\d*\/200$/.test(bar))).toBe(true);
      expect(text).toMatch(/deactivated, results.* 300 attempts: 200 answered, 20 busy/);
      expect(text.includes('Admin key')).toBe(start === 'first');
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

/** Runs the command that is shown at the end. @returns the status of the answer */
async function runProposed(text: string): Promise<number> {
  const [, url = '', authorization = '', body = ''] =
    /curl -s -X POST (\S+) -H 'Authorization: ([^']+)'[\s\S]* -d '([^']+)'/.exec(text) ?? [];
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization: authorization, 'Content-Type': 'application/json' },
    body,
  });
  await response.body?.cancel();
  return response.status;
}
