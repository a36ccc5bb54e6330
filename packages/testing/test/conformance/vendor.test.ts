import { describe, expect, it } from 'vitest';
import { complaintOfFeatures } from './complaint-of.ts';

const withoutParts = { refuseCalls: undefined, recordings: undefined, connectCall: undefined };
const features = {
  click2call: async () => ({ callId: null }),
  recording: async () => new Response('RIFF'),
  transfer: async () => ({ status: 'accepted' }) as const,
};

describe('the vendor that an adapter is tested against', () => {
  it.each([
    ['click2call', 'refuseCalls'],
    ['recording', 'recordings'],
    ['transfer', 'connectCall'],
  ] as const)(
    'fails without the part that %s needs, and the missing part is named',
    async (feature, part) => {
      const toldOf = (given: object) =>
        complaintOfFeatures('with all that the rules', () => ({ [feature]: features[feature] }), {
          vendor: given,
        });
      expect(await toldOf(withoutParts)).toBe(
        `startVendor gives a vendor without ${part}(), and the adapter has ${feature}; see the README of this package`,
      );
      expect(await toldOf({})).toBe('');
    },
  );

  it.each([
    'with all that the rules',
    'nothing goes out',
    'everything that waits',
    'keeps what a login gives',
    'never takes an HTML page',
  ])(
    'needs no part for a feature that the adapter does not have, by the rule "%s"',
    async (rule) => {
      const told = await complaintOfFeatures(rule, () => ({}), { vendor: withoutParts });
      expect(told).toBe('');
    },
  );
});

describe('an adapter in the conformance suite', () => {
  it('with an unknown feature fails with a suggestion for the name', async () => {
    const misspelt = { transfer: undefined, clicktocall: features.click2call };
    expect(await complaintOfFeatures('under the names', () => misspelt)).toMatch(
      'there is no feature "clicktocall"; did you mean "click2call"?',
    );
  });

  it('whose only feature is undefined fails because it has none', async () => {
    expect(await complaintOfFeatures('under the names', () => ({ click2call: undefined }))).toMatch(
      'the adapter has no feature',
    );
  });
});
