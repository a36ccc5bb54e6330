import * as v from 'valibot';
import type { AdapterCommand } from './command.ts';
import type { AdapterContext } from './context.ts';
import type { Diagnose } from './diagnosis.ts';
import type { FollowCall } from './features/follow-call.ts';
import type { AdapterFeatures } from './features/features.ts';

/** The version of the contract between adapters and hosts that this package speaks. */
export const specificationVersion = 'v1';

/** One configured use of an adapter: what `create` returns for the settings of one connection. */
export interface Adapter {
  /** The features of this connection; a feature that is absent is off. */
  readonly features: AdapterFeatures;
  /**
   * "Test connection": one cheap request that proves address and credentials without dialing, loading or changing anything.
   *
   * @throws {TelephonyError} what is wrong, for example `auth_failed` or `network`.
   */
  readonly checkCredentials?: ((context: AdapterContext) => Promise<void>) | undefined;
  /** Asks where a placed call stands; also settles a call whose answer was lost. */
  readonly followCall?: FollowCall | undefined;
  /** Checks the vendor's whole side and says what to fix there: `finaz-telephony ADAPTER doctor`. */
  readonly diagnose?: Diagnose | undefined;
}

/** A valibot schema that turns the settings in a document into those that `create` gets. */
export type SettingsSchema<Settings> = v.GenericSchema<unknown, Settings>;

/** What an adapter package exports by default, made by {@link defineAdapter}. */
export interface AdapterDefinition<Settings = unknown> {
  readonly specificationVersion: typeof specificationVersion;
  /** What a tenant document writes as `adapter:`; at most 64 lower-case letters, digits and `-`. */
  readonly id: string;
  /** For people: the vendor's or the protocol's name. */
  readonly name: string;
  /** Checks the settings, describes them for forms and documents, and marks which are secret: see {@link secret}. */
  readonly settings: SettingsSchema<Settings>;
  /**
   * Makes an adapter for one connection. Pure and quick: no request, no timer, no disk. The settings already hold the values of the secrets.
   *
   * @throws {SettingsError} naming every place that cannot work.
   */
  readonly create: (settings: Settings) => Adapter;
  /** Commands for people who set the vendor's side up; the host's command line shows them as `finaz-telephony ADAPTER NAME`. */
  readonly commands?: readonly AdapterCommand<Settings>[] | undefined;
}

/** The argument of {@link defineAdapter}. */
export type AdapterOptions<Settings> = Omit<AdapterDefinition<Settings>, 'specificationVersion'>;

/**
 * Defines an adapter; the default export of an adapter package.
 *
 * @example
 * export default defineAdapter({
 *   id: 'acme',
 *   name: 'Acme PBX',
 *   settings: v.strictObject({ baseUrl: v.pipe(v.string(), v.url()), apiKey: secret() }),
 *   create: (settings) => ({ features: { ...acmeTemplate(settings), transfer: acmeTransfer(settings) } }),
 * });
 */
export function defineAdapter<Settings>(
  options: AdapterOptions<Settings>,
): AdapterDefinition<Settings> {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(options.id)) {
    throw new TypeError(
      `defineAdapter: id ${JSON.stringify(options.id)} must have 1 to 64 lower-case letters, digits or "-"`,
    );
  }
  return { specificationVersion, ...options };
}

/** A settings field that holds a credential. The document only names it, as `${secret:name}`; the value is stored separately and is never shown again. */
export function secret(description = 'Stored apart, encrypted; write ${secret:name} here.') {
  return v.pipe(
    v.string(),
    v.nonEmpty('the secret is empty'),
    v.description(description),
    v.metadata({ secret: true }),
  );
}
