import type { X509Certificate } from 'node:crypto';
import type { Adapter, FeatureName } from '@finaz-telephony/core';
import type { Rules } from '../rules/rules.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { ScreenPop } from './screen-pop.ts';

/** A tenant ready for work: its document resolved, its secrets filled in, its adapters created. Immutable; a change creates a new one. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly timeZone: string;
  readonly inbound: Inbound;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Names of connections that are in the document, but cannot be used as they stand: a secret is not set, for instance. */
  readonly unusable: ReadonlySet<string>;
  /** The connection that a feature is bound to; `undefined` when the feature is off. */
  readonly bindings: Readonly<Partial<Record<FeatureName, string | undefined>>>;
  readonly rules: Rules;
  /** How often results of an active mailing are fetched; `undefined`: when it is deactivated. */
  readonly resultsEveryMs: number | undefined;
  readonly cipher: TenantCipher;
}

export interface Inbound {
  /** Whether this source address may send events. */
  readonly allows: (address: string) => boolean;
  /** If set, `?token=` must equal it. */
  readonly token?: string;
  /** Address of the operator's screen for a call, escaped; if absent, a small page is shown. */
  readonly screenPop?: ScreenPop;
  readonly webhook?: Webhook;
  /** A repeat of an event within this time is ignored. */
  readonly repeatWindowMs: number;
}

/** The CRM's webhook. */
export interface Webhook {
  readonly url: string;
  /** Signs the messages. */
  readonly secret: string;
  /** Every secret value in the two above, for masking by value. */
  readonly secretValues: readonly string[];
}

export interface Connection {
  readonly name: string;
  readonly adapterId: string;
  readonly adapter: Adapter;
  /** Every secret value in this connection's settings, for masking by value. */
  readonly secretValues: readonly string[];
  readonly limits: ConnectionLimits;
  /** The one certificate that authenticates the server; if absent, the public authorities do. */
  readonly trust?: X509Certificate;
}

export interface ConnectionLimits {
  readonly requestsPerSecond: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** The tenants of this host, cached; a change anywhere is seen within a second. */
export interface TenantDirectory {
  /** The tenant, if it is in memory and fresh. */
  readonly peek: (tenantId: string) => Tenant | undefined;
  /** `undefined` if there is no such tenant. */
  readonly get: (tenantId: string) => Promise<Tenant | undefined>;
}
