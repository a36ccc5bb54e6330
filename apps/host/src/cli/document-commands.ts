import process from 'node:process';
import { defineCommand } from 'citty';
import { readEnvironment, StartError } from '../environment.ts';
import { formatIssue } from '../tenants/document-issue.ts';
import { warningsOf } from '../tenants/document-warnings.ts';
import { checkTenantFile, readTenantFile } from '../tenants/read-tenant-file.ts';
import { applyTenantFile } from '../tenants/tenants-folder.ts';
import { ageingCertificates } from '../tenants/trusted-certificate.ts';
import { adaptersHere, guarded, print, say, withWorkbench } from './command-line.ts';

const filesOf = (given: readonly string[]): readonly string[] => {
  if (given.length === 0) throw new StartError('name at least one file, tenant.yaml for example');
  return given;
};

const file = {
  type: 'positional',
  required: false,
  description: 'one or more files',
  valueHint: 'FILE…',
} as const;

export const checkCommand = defineCommand({
  meta: {
    name: 'check',
    description:
      'Validate tenant documents (YAML or JSON) without a host; exit code 1 when one is wrong',
  },
  args: { file },
  run: guarded(async ({ args }: { args: { _: string[] } }) => {
    const adapters = await adaptersHere(readEnvironment(process.env));
    let wrong = 0;
    for (const name of filesOf(args._)) {
      const { document, issues: faults } = await checkTenantFile(name, adapters);
      const ageing = document ? ageingCertificates(document, Date.now()) : [];
      const issues = [...faults, ...ageing.filter(({ isOver }) => isOver)];
      const warnings = [
        ...(document ? warningsOf(document, adapters) : []),
        ...ageing.filter(({ isOver }) => !isOver).map(formatIssue),
      ];
      for (const warning of warnings) say(`${name}: warning: ${warning}`);
      if (issues.length === 0) print(`${name}: ok`);
      else {
        wrong += 1;
        for (const issue of issues) print(`${name}: ${formatIssue(issue)}`);
      }
    }
    if (wrong > 0) process.exitCode = 1;
  }),
});

export const applyCommand = defineCommand({
  meta: {
    name: 'apply',
    description:
      'Save tenant documents in the store of this host; a running host takes them over by itself',
  },
  args: {
    file,
    'skip-check': {
      type: 'boolean',
      default: false,
      description: 'do not try the credentials of the connections',
    },
  },
  run: guarded(async ({ args }: { args: { _: string[]; 'skip-check': boolean } }) => {
    const files = filesOf(args._);
    await withWorkbench(async (bench) => {
      // All documents are checked first, so that none is saved if one is wrong.
      for (const name of files) await readTenantFile(name, bench.adapters);
      for (const name of files) {
        const saved = await applyTenantFile(bench, name, {
          author: 'cli',
          skipCredentials: args['skip-check'],
        });
        print(`${name}: ${saved.changed ? 'saved' : 'unchanged'}, version ${saved.version}`);
        for (const warning of saved.warnings) say(`${name}: warning: ${warning}`);
      }
    });
  }),
});
