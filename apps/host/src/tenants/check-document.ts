import type { Adapter } from '@finaz-telephony/core';
import { featureNames } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { isPlainNetwork } from '../network.ts';
import { meantName, prefixed, suggestion, type DocumentIssue } from './document-issue.ts';
import { withOthers, readForm } from './read-form.ts';
import { compileScreenPop } from './screen-pop.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import {
  misspeltReferences,
  secretPlaceholder,
  secretReferences,
  SecretNameSchema,
  withSecrets,
  writtenSecretIssues,
  type SecretLookup,
} from './secret-references.ts';
import {
  connectionNamed,
  noNetwork,
  TenantDocumentSchema,
  type ConnectionDocument,
  type TenantDocument,
} from './tenant-document.ts';
import { readTrustedCertificate } from './trusted-certificate.ts';

export type DocumentCheck =
  | { readonly document: TenantDocument; readonly issues: readonly [] }
  | { readonly document?: never; readonly issues: readonly DocumentIssue[] };

/**
 * Checks a whole tenant document and reports every mistake at once. Nothing is sent.
 *
 * @param lookup finds secrets; without it, they are assumed to be set.
 */
export function checkDocument(
  input: unknown,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup?: SecretLookup,
): DocumentCheck {
  const { faults, read } = readForm(TenantDocumentSchema, input);
  // If something is missing, or of the wrong type, its parts cannot be compared yet.
  if (!read.typed) return { issues: faults };
  const document = read.output;
  const issues = withOthers(faults, innerIssues(document, adapters, lookup));
  return issues.length === 0 ? { document, issues: [] } : { issues };
}

/** What a schema cannot check: whether the parts of a document fit each other and what exists. */
function innerIssues(
  document: TenantDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  return [
    ...secretIssues(document, lookup),
    ...inboundIssues(document, lookup),
    ...Object.entries(document.connections).flatMap(([name, connection]) =>
      prefixed(['connections', name], connectionIssues(connection, adapters, lookup)),
    ),
    ...bindingIssues(document, adapters, lookup),
  ];
}

function secretIssues(document: TenantDocument, lookup: SecretLookup | undefined): DocumentIssue[] {
  const named = secretReferences(document).flatMap(({ name, path }) => {
    const checked = v.safeParse(SecretNameSchema, name);
    if (!checked.success) return [{ path, message: checked.issues[0].message }];
    if (lookup && lookup(name) === undefined) {
      return [
        {
          path,
          message: `secret "${name}" is not set; put it with PUT /v1/tenants/${document.id}/secrets/${name} or "finaz-telephony secrets set ${document.id} ${name}"`,
        },
      ];
    }
    return [];
  });
  return [...misspeltReferences(document), ...named];
}

function inboundIssues(
  document: TenantDocument,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  const { allowFrom, screenPop, token, webhook } = document.inbound;
  const issues = allowFrom.flatMap((network, index): DocumentIssue[] =>
    isPlainNetwork(network)
      ? []
      : [{ path: ['inbound', 'allowFrom', index], message: noNetwork(network) }],
  );
  if (screenPop !== undefined) {
    const text = withSecrets(screenPop, lookup ?? secretPlaceholder);
    issues.push(...prefixed(['inbound', 'screenPop'], compileScreenPop(String(text)).issues));
  }
  const mustBeNamed = { token, 'webhook.secret': webhook?.secret };
  for (const [place, value] of Object.entries(mustBeNamed)) {
    if (value !== undefined && secretReferences(value).length === 0) {
      const name = place.split('.').at(-1);
      issues.push({
        path: ['inbound', ...place.split('.')],
        message: `a secret is named here, not written: put it with PUT /v1/tenants/${document.id}/secrets/${name} and write \${secret:${name}}`,
      });
    }
  }
  if (webhook && !/^https?:\/\//.test(webhook.url)) {
    issues.push({
      path: ['inbound', 'webhook', 'url'],
      message: 'must begin with https:// or http://',
    });
  }
  return issues;
}

function connectionIssues(
  connection: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  return [...tlsIssues(connection), ...settingsIssues(connection, adapters, lookup)];
}

function tlsIssues({ tls }: ConnectionDocument): DocumentIssue[] {
  const fault = tls && readTrustedCertificate(tls.trust).fault;
  return fault === undefined ? [] : [{ path: ['tls', 'trust'], message: fault }];
}

function settingsIssues(
  connection: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  const adapter = adapters.get(connection.adapter);
  if (!adapter) {
    const names = [...adapters.keys()];
    // Installing a package does not load it.
    const mend =
      meantName(connection.adapter, names) === undefined
        ? '; a package is loaded with ADAPTERS=PACKAGE'
        : '';
    return [
      {
        path: ['adapter'],
        message: `no adapter "${connection.adapter}" is installed${suggestion(connection.adapter, names)}${mend}`,
      },
    ];
  }
  const written = writtenSecretIssues(adapter.schema, connection.settings);
  const settings = withSecrets(connection.settings, lookup ?? secretPlaceholder);
  return prefixed(['settings'], [...written, ...adapter.create(settings).issues]);
}

function bindingIssues(
  document: TenantDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  return featureNames.flatMap((feature): DocumentIssue[] => {
    const name = document.features[feature];
    if (name === undefined) return [];
    const path = ['features', feature];
    const connection = connectionNamed(document, name);
    if (!connection) {
      return [
        {
          path,
          message: `no connection "${name}"${suggestion(name, Object.keys(document.connections))}`,
        },
      ];
    }
    const adapter = adapterOf(connection, adapters, lookup);
    // What keeps the adapter from being created is reported at its own place.
    if (!adapter || adapter.features[feature]) return [];
    const has = Object.keys(adapter.features);
    return [
      {
        path,
        message: `connection "${name}" has no ${feature}; ${has.length > 0 ? `it has ${has.join(', ')}` : 'it has no feature at all'}`,
      },
    ];
  });
}

/** The adapter of a connection, if it can be created. */
export const adapterOf = (
  connection: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup = secretPlaceholder,
): Adapter | undefined =>
  adapters.get(connection.adapter)?.create(withSecrets(connection.settings, lookup)).adapter;
