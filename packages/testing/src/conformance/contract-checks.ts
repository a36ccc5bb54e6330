import { specificationVersion } from '@finaz-telephony/core/host';
import { createTestContext } from '../test-context.ts';
import { adapterOf, always, demand, failureOf, type ConformanceCheck } from './check.ts';
import { unmarkedCredential } from './unmarked-credential.ts';

const neededParts = [
  ['click2call', 'refuseCalls'],
  ['recording', 'recordings'],
  ['transfer', 'connectCall'],
] as const;

/** The checks of the definition itself, before any request. */
export const contractChecks: readonly ConformanceCheck[] = [
  {
    name: 'speaks the version of the contract that this suite checks',
    applies: always,
    async run(subject) {
      demand(
        subject.specificationVersion === specificationVersion,
        `specificationVersion is ${subject.specificationVersion}`,
      );
      demand(
        /^[a-z0-9][a-z0-9-]*$/.test(subject.id),
        `the id ${JSON.stringify(subject.id)} is not lower case with "-"`,
      );
    },
  },
  {
    name: 'has features under the names of the contract only, and one at least',
    applies: always,
    async run(subject, vendor) {
      const names = Object.keys(adapterOf(subject, vendor).features);
      demand(names.length > 0, 'the adapter has no feature');
    },
  },
  {
    name: 'is tested against a vendor with all that the rules of its features need',
    applies: always,
    async run(subject, vendor) {
      const { features } = adapterOf(subject, vendor);
      for (const [feature, part] of neededParts)
        demand(
          features[feature] === undefined || vendor[part] !== undefined,
          `startVendor gives a vendor without ${part}(), and the adapter has ${feature}; see the README of this package`,
        );
    },
  },
  {
    name: 'refuses settings that it does not know',
    applies: always,
    async run(subject, vendor) {
      const settings = subject.settings(vendor.url);
      demand(typeof settings === 'object' && settings !== null, 'settings() gives no object');
      demand(
        !subject.accepts({ ...settings, notASetting: true }),
        'an unknown key was accepted; use v.strictObject',
      );
    },
  },
  {
    name: 'marks its credentials as secrets',
    applies: always,
    async run(subject, vendor) {
      const place = unmarkedCredential(
        subject.schema,
        subject.settings(vendor.url),
        subject.settingsWithWrongCredentials(vendor.url),
      );
      demand(
        place === undefined,
        `settings.${place ?? ''} decides whether the vendor accepts the login, and is not marked: use secret() as its schema, otherwise documents hold it in plain text`,
      );
    },
  },
  {
    name: 'makes an adapter without sending anything',
    applies: always,
    async run(subject, vendor) {
      const before = vendor.requestCount();
      adapterOf(subject, vendor);
      demand(vendor.requestCount() === before, 'create() sent a request');
    },
  },
  {
    name: 'tells right credentials from wrong ones',
    applies: (adapter) => adapter.checkCredentials !== undefined,
    async run(subject, vendor) {
      await adapterOf(subject, vendor).checkCredentials?.(createTestContext());
      const wrong = subject.make(subject.settingsWithWrongCredentials(vendor.url));
      const error = await failureOf(
        Promise.resolve(wrong.checkCredentials?.(createTestContext())),
        'a check with wrong credentials',
      );
      demand(
        error.code === 'auth_failed',
        `wrong credentials end in ${error.code}, not in auth_failed`,
      );
    },
  },
];
