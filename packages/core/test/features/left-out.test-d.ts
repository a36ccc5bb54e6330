import { expectTypeOf, it } from 'vitest';
import type {
  Adapter,
  AdapterCommand,
  AdapterOptions,
  AnsweredCallReading,
  CallProgress,
  Click2CallResult,
  CommandFlag,
  ContactClearResult,
  ContactLoad,
  ContactLoadResult,
  ContextRequestInit,
  Finding,
  LoadStepResult,
  ParsePhoneOptions,
  ReportedAttempt,
  TelephonyErrorOptions,
  TransferResult,
  VendorAnswer,
} from '../../src/index.ts';

/** The keys that may be left out, and may not be `undefined`. */
type NeverUndefined<Given> = {
  [Key in keyof Given]-?: object extends Pick<Given, Key>
    ? Record<Key, undefined> extends Pick<Given, Key>
      ? never
      : Key
    : never;
}[keyof Given];

/** Keys whose types are those of the platform. */
type PlatformKey = Exclude<keyof RequestInit, 'redirect'> | 'duplex';

it('an author may write undefined for whatever may be left out: otherwise exactOptionalPropertyTypes would need a spread for each', () => {
  expectTypeOf<NeverUndefined<Adapter>>().toBeNever();
  expectTypeOf<NeverUndefined<Adapter['features']>>().toBeNever();
  expectTypeOf<NeverUndefined<AdapterCommand>>().toBeNever();
  expectTypeOf<NeverUndefined<AdapterOptions<unknown>>>().toBeNever();
  expectTypeOf<NeverUndefined<AnsweredCallReading>>().toBeNever();
  expectTypeOf<NeverUndefined<CallProgress>>().toBeNever();
  expectTypeOf<NeverUndefined<Click2CallResult>>().toBeNever();
  expectTypeOf<NeverUndefined<CommandFlag>>().toBeNever();
  expectTypeOf<NeverUndefined<ContactClearResult>>().toBeNever();
  expectTypeOf<NeverUndefined<ContactLoad>>().toBeNever();
  expectTypeOf<NeverUndefined<ContactLoadResult>>().toBeNever();
  expectTypeOf<NeverUndefined<Omit<ContextRequestInit, PlatformKey>>>().toBeNever();
  expectTypeOf<NeverUndefined<Finding>>().toBeNever();
  expectTypeOf<NeverUndefined<LoadStepResult>>().toBeNever();
  expectTypeOf<NeverUndefined<ParsePhoneOptions>>().toBeNever();
  expectTypeOf<NeverUndefined<ReportedAttempt>>().toBeNever();
  expectTypeOf<NeverUndefined<TelephonyErrorOptions>>().toBeNever();
  expectTypeOf<NeverUndefined<TransferResult>>().toBeNever();
  expectTypeOf<NeverUndefined<VendorAnswer>>().toBeNever();
});
