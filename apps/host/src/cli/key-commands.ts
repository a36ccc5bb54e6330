import { defineCommand } from 'citty';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { KeyLabelSchema } from '../tenants/api-keys.ts';
import { keyWarnings } from '../tenants/key-warnings.ts';
import { guarded, print, say, tenantIdGiven, withWorkbench } from './command-line.ts';

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Make a key; it is printed once and only its hash is stored',
  },
  args: {
    tenant: {
      type: 'string',
      description: 'id of the company; without it, the key is an admin key',
    },
    label: { type: 'string', required: true, description: 'what the key is for' },
  },
  run: guarded(async ({ args }: { args: { tenant?: string | undefined; label: string } }) => {
    const tenantId = args.tenant === undefined ? null : tenantIdGiven(args.tenant);
    const label = labelGiven(args.label);
    const made = await withWorkbench(async ({ keys, tenants }) => {
      for (const warning of await keyWarnings(tenants, tenantId)) say(`warning: ${warning}`);
      return keys.create(tenantId, label);
    });
    say(`key ${made.id} for ${made.tenantId ?? 'administration'}; it is not shown again:`);
    print(made.key);
  }),
});

/** @throws {StartError} if the label is not valid */
function labelGiven(text: string): string {
  const parsed = v.safeParse(KeyLabelSchema, text);
  if (!parsed.success) throw new StartError(`--label ${parsed.issues[0].message}`);
  return parsed.output;
}

const list = defineCommand({
  meta: { name: 'list', description: 'List the keys in force' },
  args: { tenant: { type: 'string', description: 'only those of this company' } },
  run: guarded(async ({ args }: { args: { tenant?: string | undefined } }) => {
    const keys = await withWorkbench((bench) => bench.keys.list(args.tenant));
    for (const key of keys)
      print(
        [key.id, key.tenantId ?? 'admin', new Date(key.createdAt).toISOString(), key.label].join(
          '\t',
        ),
      );
  }),
});

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Take a key out of force' },
  args: {
    id: { type: 'positional', required: true, description: 'id of the key, from "keys list"' },
  },
  run: guarded(async ({ args }: { args: { id: string } }) => {
    const revoked = await withWorkbench((bench) => bench.keys.revoke(args.id));
    if (!revoked)
      throw new StartError(
        `there is no key ${args.id} in force; "finaz-telephony keys list" shows them`,
      );
    print(`${args.id} revoked`);
  }),
});

export const keysCommand = defineCommand({
  meta: { name: 'keys', description: 'Make, list and revoke API keys' },
  subCommands: { create, list, revoke },
});
