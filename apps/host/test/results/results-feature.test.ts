import type { Adapter } from '@finaz-telephony/core';
import { expect, test } from 'vitest';
import { resultsConnection } from '../../src/results/results-feature.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { openResults } from '../support/open-results.ts';

test.each([
  ['the bound one, where it was loaded at the one that is loaded through', 'a', null, 'r', 'r'],
  ['the bound one, where it is not known where it was loaded', null, null, 'b', 'b'],
  ['the one that it was loaded through, after a turn to another', 'b', null, 'a', 'b'],
  ['one of its own for reports, where that one reports nothing', 'mute', null, 'r', 'r'],
  ['nobody, where that one is gone, and another one dials', 'gone', null, 'a', undefined],
  ['nobody, where it is off', 'b', 'b', undefined, undefined],
  ['the one that cannot be used just now, for want of a secret', 'shut', null, 'a', 'shut'],
  ['the one that has told of it before, whoever has it and whoever is bound', 'b', 'r', 'a', 'r'],
  ['the one that has told of it before, once that can be used again', 'b', 'shut', 'a', 'shut'],
  ['another one, where the one that has told of it before is gone', 'b', 'gone', 'a', 'b'],
])(
  'the results of a mailing come from %s',
  async (_, loadedThrough, toldBy, dialerResults, expected) => {
    const { tenant, close } = await openResults();
    await close();
    const [known] = tenant.connections.values();
    if (!known) throw new Error('there is no connection');
    const connectionOf = (name: string, adapter: Adapter) =>
      [name, { ...known, name, adapter }] as const;
    const turned: Tenant = {
      ...tenant,
      connections: new Map([
        ...['a', 'b', 'r'].map((name) => connectionOf(name, known.adapter)),
        connectionOf('mute', { features: {} }),
      ]),
      unusable: new Set(['shut']),
      bindings: { contactLoad: 'a', dialerResults },
    };
    expect(resultsConnection(turned, { loadedThrough, toldBy })).toBe(expected);
  },
);
