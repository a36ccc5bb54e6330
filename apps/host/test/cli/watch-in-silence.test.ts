import { expect, it, vi } from 'vitest';
import { HostAway } from '../../src/cli/host-api.ts';
import { watchMailing } from '../../src/cli/watch-mailing.ts';
import type { ShownMailing } from '../../src/mailings/show-mailing.ts';

const shown: ShownMailing = {
  mailingId: 'm-1',
  queue: '7',
  state: 'waiting',
  step: null,
  total: 1,
  pending: 1,
  sending: 0,
  sent: 0,
  failed: 0,
  inDoubt: 0,
  rejected: 0,
  taken: null,
  missing: 0,
  perSecond: null,
  secondsLeft: null,
  error: null,
  heldUntil: null,
  createdAt: '2026-11-24T12:00:00.000Z',
  updatedAt: '2026-11-24T12:00:00.000Z',
  activatedAt: null,
  replacedAt: null,
  finishedAt: null,
};

it('watch goes on after a restart of the host, even if the mailing did not change for an hour before', async () => {
  let passed = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passed);
  let asked = 0;
  async function* stream(): AsyncGenerator<string> {
    asked += 1;
    if (asked === 2) throw new HostAway('no host answers');
    yield JSON.stringify({ ...shown, state: asked === 1 ? 'waiting' : 'active' });
    passed += 3_600_000;
  }
  expect(await watchMailing({ stream }, '/mailings/m-1', 'json')).toMatchObject({
    state: 'active',
  });
});
