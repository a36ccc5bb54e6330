import process from 'node:process';
import { text } from 'node:stream/consumers';
import { password, isCancel } from '@clack/prompts';
import { defineCommand } from 'citty';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { SecretNameSchema } from '../tenants/secret-references.ts';
import { SecretInUse, SecretUnfit } from '../tenants/tenant-secrets.ts';
import { guarded, print, tenantIdGiven, withWorkbench } from './command-line.ts';

const set = defineCommand({
  meta: {
    name: 'set',
    description: 'Set a secret; its value is asked for, or read from standard input',
  },
  args: {
    tenant: { type: 'positional', required: true, description: 'id of the company' },
    name: { type: 'positional', required: true, description: 'name of the secret' },
  },
  run: guarded(async ({ args }: { args: { tenant: string; name: string } }) => {
    const tenant = tenantIdGiven(args.tenant);
    const name = v.safeParse(SecretNameSchema, args.name);
    if (!name.success) throw new StartError(name.issues[0].message);
    const value = await readValue(args.name);
    await withWorkbench(({ tenants }) =>
      tenants.setSecret(tenant, name.output, value).catch((error: unknown) => {
        throw error instanceof SecretUnfit
          ? new StartError(`${args.name}: ${error.message}; nothing was changed`)
          : error;
      }),
    );
    print(`${args.name} set for ${args.tenant}`);
  }),
});

/** Reads a secret from a prompt or from stdin. As an argument, it would be visible in the shell's history and the list of processes. */
async function readValue(name: string): Promise<string> {
  const value = process.stdin.isTTY
    ? await password({ message: `Value of ${name}` })
    : (await text(process.stdin)).replace(/\r?\n$/, '');
  if (isCancel(value) || value === '')
    throw new StartError(`no value for ${name}; nothing was changed`);
  return value;
}

const list = defineCommand({
  meta: { name: 'list', description: 'List the names of the secrets of a company' },
  args: { tenant: { type: 'positional', required: true, description: 'id of the company' } },
  run: guarded(async ({ args }: { args: { tenant: string } }) => {
    const tenant = tenantIdGiven(args.tenant);
    const names = await withWorkbench(({ tenants }) => tenants.secretNames(tenant));
    for (const { name, updatedAt } of names) print(`${name}\t${new Date(updatedAt).toISOString()}`);
  }),
});

const remove = defineCommand({
  meta: { name: 'remove', description: 'Remove a secret' },
  args: {
    tenant: { type: 'positional', required: true, description: 'id of the company' },
    name: { type: 'positional', required: true, description: 'name of the secret' },
  },
  run: guarded(async ({ args }: { args: { tenant: string; name: string } }) => {
    const removed = await withWorkbench(({ tenants }) =>
      tenants.removeSecret(args.tenant, args.name).catch((error: unknown) => {
        throw error instanceof SecretInUse ? new StartError(error.message) : error;
      }),
    );
    if (!removed) throw new StartError(`${args.tenant} has no secret "${args.name}"`);
    print(`${args.name} removed`);
  }),
});

export const secretsCommand = defineCommand({
  meta: { name: 'secrets', description: 'Set, list and remove the secrets of a company' },
  subCommands: { set, list, remove },
});
