import { expect, test } from 'vitest';
import * as v from 'valibot';
import { SettingsError } from '@finaz-telephony/core';
import genericHttp from '../../src/index.ts';
import { mergeSettings } from '../../src/merge-settings.ts';
import { adapterOf } from './support.ts';

const vicidial = { baseUrl: 'https://discador.example', variables: { user: 'u', pass: 'p' } };

const all = [
  'answeredCall',
  'click2call',
  'contactClear',
  'contactLoad',
  'dialerResults',
  'recording',
  'transfer',
];
const without = (...names: readonly string[]) => all.filter((name) => !names.includes(name));

test.each([
  ['vicidial', vicidial, all],
  ['three-c-plus', { baseUrl: 'https://empresa.example/api/v1', variables: { token: 't' } }, all],
  [
    'totalvoice',
    { variables: { token: 't', answerNumber: '+554133330000' } },
    without('answeredCall', 'contactClear'),
  ],
  ['argus', { variables: { token: 't' } }, ['dialerResults']],
  [
    'ucontact',
    { baseUrl: 'https://empresa.example', variables: { user: 'u', password: 'p' } },
    ['click2call', 'contactLoad', 'transfer'],
  ],
])(
  'the profile %s works with its required settings alone, and has exactly the publicly documented features',
  (profile, own, features) => {
    expect(Object.keys(adapterOf(profile, own).features).toSorted()).toEqual(features);
  },
);

function issuesOf(settings: unknown): string[] {
  const parsed = v.safeParse(genericHttp.settings, settings);
  if (!parsed.success)
    return parsed.issues.map(
      ({ path, message }) => `${(path ?? []).map(({ key }) => String(key)).join('.')}: ${message}`,
    );
  try {
    genericHttp.create(parsed.output);
    return [];
  } catch (error) {
    if (SettingsError.isInstance(error))
      return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
}

test('all settings that a profile lacks are named at once, with place, example, and words in Portuguese and English', () => {
  expect(issuesOf({ profile: 'vicidial', variables: { user: 'finaz' } })).toEqual([
    'baseUrl: VICIdial needs this: endereço do servidor / address of the server; for example https://discador.exemplo',
    'variables.pass: VICIdial needs this: senha do usuário da API / password of the API user; for example ${secret:vicidial}',
  ]);
  expect(issuesOf({ profile: 'vicidial', ...vicidial, baseUrl: 'discador' })[0]).toContain(
    'baseUrl: is not as VICIdial needs it',
  );
});

test('an unknown profile is refused with the names of the known ones', () => {
  expect(issuesOf({ profile: 'vicidail' })).toEqual([
    'profile: there is no profile "vicidail"; known: argus, three-c-plus, totalvoice, ucontact, vicidial',
  ]);
  expect(issuesOf({ profile: '__proto__' })).toHaveLength(1);
  expect(issuesOf({ profile: 7 })).toHaveLength(1);
});

test('a mistake in a setting that overrides a profile is reported at its place', () => {
  expect(
    issuesOf({
      profile: 'vicidial',
      ...vicidial,
      click2call: { request: { url: '/x/{{ ramall }}' } },
    })[0],
  ).toMatch(/^click2call\.request\.url: unknown variable "ramall"/);
  expect(issuesOf({ profile: 'vicidial', ...vicidial, clik2call: {} })[0]).toMatch(/^clik2call: /);
});

test('null removes each feature of a profile that it is given for, and no other', () => {
  const { features } = adapterOf('vicidial', { ...vicidial, recording: null, transfer: null });
  expect(Object.keys(features).toSorted()).toEqual(without('recording', 'transfer'));
});

test('settings override a profile: objects merge, lists and values replace, null removes, and "__proto__" is a key like others', () => {
  const profile = { a: { b: 1, c: [1, 2] }, d: 'x', e: { f: 1 } };
  expect(mergeSettings(profile, { a: { c: [3] }, d: null, e: 'whole', g: 1 })).toEqual({
    a: { b: 1, c: [3] },
    e: 'whole',
    g: 1,
  });
  const merged = mergeSettings({}, JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(Object.hasOwn(Object(merged), '__proto__')).toBe(true);
  expect({}).not.toHaveProperty('polluted');
  expect(profile.a).toEqual({ b: 1, c: [1, 2] });
});

test('settings without a profile are checked as a plain template', () => {
  expect(issuesOf({ click2call: { request: { url: 'https://pbx.example/{{ phone }}' } } })).toEqual(
    [],
  );
  expect(issuesOf({ click2call: {} })).not.toEqual([]);
  expect(issuesOf(null)).not.toEqual([]);
});
