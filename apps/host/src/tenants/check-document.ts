import type { Adapter } from '@finaz-telephony/core';
import { featureNames } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { canSign, signsNothing } from '../events/webhook-signer.ts';
import { isPlainNetwork } from '../network.ts';
import { meantName, prefixed, suggestion, type DocumentIssue } from './document-issue.ts';
import { withOthers, readForm } from './read-form.ts';
import { compileScreenPop } from './screen-pop.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import {
  misspeltReferences,
  secretIsWritten,
  secretPlaceholder,
  secretReferences,
  SecretNameSchema,
  withSecrets,
  writtenSecretIssues,
  type SecretLookup,
} from './secret-references.ts';
import {
  noNetwork,
  TenantDocumentSchema,
  type ConnectionDocument,
  type TenantDocument,
} from './tenant-document.ts';
import { readTrustedCertificate } from './trusted-certificate.ts';

export type DocumentCheck =
  | { readonly document: TenantDocument; readonly issues: readonly [] }
  | { readonly document?: never; readonly issues: readonly DocumentIssue[] };

/** Each is told with its place, which may have a long name in it: those of a document full of mistakes would fill the memory, and block everybody else for a minute. */
const mostIssues = 100;

/**
 * Checks a whole tenant document and reports its mistakes at once, at most a hundred. Nothing is sent.
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
  if (!read.typed) return { issues: faults.slice(0, mostIssues) };
  const document = read.output;
  const inner = innerIssues(document, adapters, lookup).slice(0, mostIssues);
  const issues = withOthers(faults, inner).slice(0, mostIssues);
  return issues.length === 0 ? { document, issues: [] } : { issues };
}

/** What a schema cannot check: whether the parts of a document fit each other and what exists. */
function innerIssues(
  document: TenantDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup | undefined,
): DocumentIssue[] {
  const connections = new Map(
    Object.entries(document.connections).map(([name, connection]) => [
      name,
      tryConnection(connection, adapters, lookup),
    ]),
  );
  return [
    ...secretIssues(document, lookup),
    ...inboundIssues(document, lookup),
    ...[...connections].flatMap(([name, { issues }]) => prefixed(['connections', name], issues)),
    ...bindingIssues(document, connections),
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
      const path = place.split('.');
      const name = path.at(-1) ?? '';
      issues.push({
        path: ['inbound', ...path],
        message: secretIsWritten(name, document.id),
      });
    }
  }
  if (webhook && lookup && !canSign(String(withSecrets(webhook.secret, lookup)))) {
    issues.push({
      path: ['inbound', 'webhook', 'secret'],
      message: signsNothing,
    });
  }
  if (webhook && !/^https?:\/\//.test(webhook.url)) {
    issues.push({
      path: ['inbound', 'webhook', 'url'],
      message: 'must begin with https:// or http://',
    });
  }
  return issues;
}

interface TriedConnection {
  /** `undefined` if it cannot be created. */
  readonly adapter: Adapter | undefined;
  readonly issues: readonly DocumentIssue[];
}

/** Creates the adapter of a connection once, both for its own issues and for the features that may be bound to it. */
function tryConnection(
  { adapter: id, settings, tls }: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup = secretPlaceholder,
): TriedConnection {
  const fault = tls && readTrustedCertificate(tls.trust).fault;
  const tlsIssues = fault === undefined ? [] : [{ path: ['tls', 'trust'], message: fault }];
  const installed = adapters.get(id);
  if (!installed) {
    const issues = [...tlsIssues, notInstalled(id, [...adapters.keys()])];
    return { adapter: undefined, issues };
  }
  const { adapter, issues } = installed.create(withSecrets(settings, lookup));
  const written = writtenSecretIssues(installed.schema, settings);
  return { adapter, issues: [...tlsIssues, ...prefixed(['settings'], [...written, ...issues])] };
}

function notInstalled(adapter: string, names: readonly string[]): DocumentIssue {
  // Installing a package does not load it.
  const mend =
    meantName(adapter, names) === undefined ? '; a package is loaded with ADAPTERS=PACKAGE' : '';
  return {
    path: ['adapter'],
    message: `no adapter "${adapter}" is installed${suggestion(adapter, names)}${mend}`,
  };
}

function bindingIssues(
  { features }: TenantDocument,
  connections: ReadonlyMap<string, TriedConnection>,
): DocumentIssue[] {
  return featureNames.flatMap((feature): DocumentIssue[] => {
    const name = features[feature];
    if (name === undefined) return [];
    const path = ['features', feature];
    const connection = connections.get(name);
    if (!connection) {
      const message = `no connection "${name}"${suggestion(name, [...connections.keys()])}`;
      return [{ path, message }];
    }
    const { adapter } = connection;
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
