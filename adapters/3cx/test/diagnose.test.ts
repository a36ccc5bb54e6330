import type { Finding } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { json, stubPbx, type Answers } from './stub-pbx.ts';

const control = 'GET /callcontrol';
const system = 'GET /xapi/v1/SystemStatus';
const users = 'GET /xapi/v1/Users';
const reports = 'GET /xapi/v1/Re';

const sound: Answers = {
  [control]: json([
    { dn: '101', type: 'Wextension', devices: [{ device_id: 'sip:101@x' }], participants: [] },
    { dn: '8300', type: 'Wroutepoint', devices: [], participants: [] },
  ]),
  [system]: json({ Version: '20.0.9.1012', LicenseActive: true }),
  [users]: json({ value: [{ Number: '101' }] }),
  [reports]: json({ value: [] }),
};

async function findings(answers: Answers = {}, settings = {}): Promise<readonly Finding[]> {
  const { adapter, context } = stubPbx({ ...sound, ...answers }, settings);
  const all: Finding[] = [];
  for await (const finding of adapter.diagnose?.(context) ?? []) all.push(finding);
  return all;
}

it('the doctor finds nothing wrong with a sound 3CX', async () => {
  const all = await findings();
  expect(all.map(({ check, state }) => `${check}: ${state}`)).toEqual([
    'login: ok',
    'tls: ok',
    'version: ok',
    'call-control: ok',
    'extensions: ok',
    'phones: ok',
    'outbound-report: ok',
    'call-log: ok',
    'recordings: ok',
  ]);
});

describe('the doctor says what is wrong, and what to mend', () => {
  const forbidden = json({}, 403);

  it.each<[string, Answers, string, Finding['state'], RegExp]>([
    ['a wrong key', { 'POST /connect/token': json({}, 401) }, 'login', 'broken', /Client ID|key/],
    ['no right to the system', { [system]: forbidden }, 'system', 'broken', /System Owner/],
    [
      'an old version',
      { [system]: json({ Version: '20.0.5.551' }) },
      'version',
      'broken',
      /20\.0\.9/,
    ],
    [
      'an older version',
      { [system]: json({ Version: '18.0.9' }) },
      'version',
      'broken',
      /20\.0\.9/,
    ],
    [
      'a version that will do',
      { [system]: json({ Version: '20.0.7' }) },
      'version',
      'warning',
      /20\.0\.9/,
    ],
    ['no version', { [system]: json({}) }, 'version', 'warning', /20\.0\.6/],
    ['no licence', { [system]: json({ LicenseActive: false }) }, 'licence', 'broken', /Enterprise/],
    [
      'no room for recordings',
      { [system]: json({ RecordingQuotaReached: true }) },
      'recording-space',
      'warning',
      /quota/,
    ],
    ['no Call Control', { [control]: forbidden }, 'call-control', 'broken', /Enterprise licence/],
    ['no extension', { [control]: json([]) }, 'extensions', 'broken', /monitored extensions/],
    [
      'an extension that was forgotten',
      { [users]: json({ value: [{ Number: '101' }, { Number: '105' }] }) },
      'extensions',
      'warning',
      /monitored extensions/,
    ],
    ['no right to the users', { [users]: forbidden }, 'extensions', 'warning', /XAPI access/],
    [
      'no phone',
      { [control]: json([{ dn: '101', type: 'Wextension' }]) },
      'phones',
      'warning',
      /web clients/,
    ],
    ['no right to reports', { [reports]: forbidden }, 'outbound-report', 'broken', /System Owner/],
    ['no right to recordings', { [reports]: forbidden }, 'recordings', 'broken', /System Owner/],
  ])('%s', async (_, answers, check, state, mend) => {
    const all = await findings(answers);
    expect(all.find((finding) => finding.check === check)).toMatchObject({
      state,
      mend: expect.stringMatching(mend),
    });
  });

  it('an address without encryption', async () => {
    const all = await findings({}, { baseUrl: 'http://pbx.example:5000' });
    expect(all.find(({ check }) => check === 'tls')).toMatchObject({ state: 'warning' });
  });
});

it('the doctor names the first ten extensions that are not monitored, and counts the others', async () => {
  const value = Array.from({ length: 100 }, (_, index) => ({ Number: `${101 + index}` }));
  const all = await findings({
    [users]: [json({ value }), json({ value: [{ Number: '901' }] })],
  });
  const { message = '' } = all.find(({ check }) => check === 'extensions') ?? {};
  expect(message).toMatch(/^extensions that are not monitored .*: 102, 103,.*111, and 90 more$/);
});
