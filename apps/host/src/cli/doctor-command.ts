import process from 'node:process';
import { TelephonyError } from '@finaz-telephony/core';
import { defineCommand } from 'citty';
import * as v from 'valibot';
import { checkCredentials } from '../trials/check-credentials.ts';
import { triedEvents } from '../events/events-trial.ts';
import { clockTrouble } from '../store/clock-skew.ts';
import { buildTenant } from '../tenants/build-tenant.ts';
import { checkDocument } from '../tenants/check-document.ts';
import { formatIssue } from '../tenants/document-issue.ts';
import { warningsOf } from '../tenants/document-warnings.ts';
import { TenantDocumentSchema } from '../tenants/tenant-document.ts';
import { ageingCertificates } from '../tenants/trusted-certificate.ts';
import { guarded, print, withWorkbench, type Workbench } from './command-line.ts';

export const doctorCommand = defineCommand({
  meta: {
    name: 'doctor',
    description:
      'Look for what is wrong: environment, store, keys, documents, secrets, connections; exit code 1 when something is',
  },
  args: {
    offline: { type: 'boolean', default: false, description: 'do not call the telephone systems' },
  },
  run: guarded(async ({ args }: { args: { offline: boolean } }) => {
    let problems = 0;
    const report: Report = {
      ok: (text) => print(`ok     ${text}`),
      wrong(text) {
        problems += 1;
        print(`WRONG  ${text}`);
      },
    };
    await withWorkbench(async (bench) => {
      const { environment } = bench;
      report.ok('environment is complete');
      await bench.store.check();
      report.ok(
        environment.databaseUrl ? 'PostgreSQL answers' : `SQLite in ${environment.dataDir} answers`,
      );
      const clock = await clockTrouble(bench.store, Date.now);
      if (clock) report.wrong(`${clock.message}. ${clock.mend}`);
      report.ok(
        `adapters: ${[...new Set([...bench.adapters.values()].map(({ id }) => id))].join(', ')}`,
      );
      const tenants = await bench.tenants.list();
      if (tenants.length === 0)
        report.ok('no company yet: save a document with "finaz-telephony apply FILE"');
      for (const { id } of tenants) {
        await examine(bench, id, args.offline, report).catch((error: unknown) => {
          if (!TelephonyError.isInstance(error)) throw error;
          report.wrong(`company ${id}: ${error.message} ${error.hint ?? ''}`);
        });
      }
    });
    if (problems > 0) process.exitCode = 1;
  }),
});

interface Report {
  readonly ok: (text: string) => void;
  readonly wrong: (text: string) => void;
}

async function examine(
  bench: Workbench,
  tenantId: string,
  offline: boolean,
  report: Report,
): Promise<void> {
  const stored = await bench.tenants.read(tenantId);
  if (!stored) return;
  const secrets = await bench.tenants.secrets(tenantId);
  const lookup = (name: string) => secrets.get(name);
  const { issues } = checkDocument(stored.document, bench.adapters, lookup);
  if (issues.length === 0) report.ok(`company ${tenantId}: document, version ${stored.version}`);
  for (const issue of issues) report.wrong(`company ${tenantId}: ${formatIssue(issue)}`);
  const document = v.parse(TenantDocumentSchema, stored.document);
  for (const warning of warningsOf(document, bench.adapters))
    report.wrong(`company ${tenantId}: ${warning}`);
  for (const ageing of ageingCertificates(document, Date.now()))
    report.wrong(`company ${tenantId}: ${formatIssue(ageing)}`);
  const tenant = buildTenant({
    document,
    version: stored.version,
    adapters: bench.adapters,
    lookup,
    cipher: await bench.vault.cipher(tenantId),
  });
  const eventFault = await triedEvents(tenant);
  if (eventFault)
    report.wrong(
      `company ${tenantId}: answeredCall takes no event: ${eventFault.message} ${eventFault.hint ?? ''}`,
    );
  if (offline) return;
  for (const connection of tenant.connections.values()) {
    const error = await checkCredentials(bench, tenant, connection);
    const name = `company ${tenantId}: connection ${connection.name}`;
    if (error) report.wrong(`${name}: ${error.message} ${error.hint ?? ''}`);
    else
      report.ok(
        connection.adapter.checkCredentials
          ? `${name}: address and credentials are right`
          : `${name}: has no check of its own`,
      );
  }
}
