import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledAdapters } from '../../src/adapters.ts';
import { importCurl } from '../../src/authoring/import-curl.ts';
import { trialContext } from '../../src/trials/trial-context.ts';
import { readKeptReply } from '../../src/trials/kept-reply.ts';
import { readKeptNotification } from '../../src/trials/kept-notification.ts';
import { sampledConnection } from '../../src/trials/sampled-connection.ts';
import { sampleInput } from '../../src/trials/sample-input.ts';
import { prepareTrial } from '../../src/trials/prepare-trial.ts';
import { noCalls } from '../../src/trials/trial.ts';
import { tryNotification } from '../../src/trials/try-notification.ts';
import { tryReply } from '../../src/trials/try-reply.ts';
import { describeReading } from '../../src/cli/describe-reading.ts';
import { buildConnection } from '../../src/tenants/build-tenant.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { maskedSecret } from '../../src/tenants/secret-references.ts';

const page = readFileSync(new URL('../../../../docs/authoring.md', import.meta.url), 'utf8');
const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));

function example(name: string): string {
  const found = new RegExp('```\\w+ example=' + name + '\\n([\\s\\S]*?)```').exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/authoring.md has no example ${name}`);
  return found;
}

describe('docs/authoring.md', () => {
  it('shows the draft that its import command makes', async () => {
    const imported = await importCurl(example('call.txt'), {
      adapters,
      readFile: (name) => Promise.reject(new Error(name)),
      tenant: '1042',
      connection: 'pbx',
      feature: 'click2call',
      reply: example('call-reply.json'),
    });
    expect(imported.yaml).toBe(example('tenant.yaml'));
    expect(imported.notes.secrets).toMatchObject([{ name: 'pbxToken', value: '8f14e45fceea167a' }]);
  });

  it('shows how the reply of its example is read', async () => {
    const { document } = checkDocument(parse(example('tenant.yaml')), adapters);
    const settings = document?.connections['pbx'];
    const connection =
      settings && buildConnection('pbx', settings, { adapters, lookup: maskedSecret });
    if (!connection) throw new Error('the document of the page cannot be used');
    const input = sampleInput('click2call');
    const trial = await prepareTrial(connection, 'click2call', input, noCalls);
    const base = trialContext({ id: '1042', timeZone: 'America/Sao_Paulo' }, 'pbx');
    const reply = readKeptReply(example('refusal.json'));
    const tried = await tryReply('click2call', base, trial, [reply]);
    expect(`${describeReading(tried)}\n`).toBe(example('reading'));
  });

  it('shows how the notification of its example is read', async () => {
    const { document } = checkDocument(parse(example('events.yaml')), adapters);
    const settings = document?.connections['pbx'];
    const connection = settings && sampledConnection('pbx', settings, adapters, () => undefined);
    if (!connection) throw new Error('the document of the page cannot be used');
    const base = trialContext({ id: '1042', timeZone: 'America/Sao_Paulo' }, 'pbx');
    const sample = readKeptNotification(example('answered.txt'));
    const tried = await tryNotification(connection, base, sample);
    expect(`${describeReading(tried)}\n`).toBe(example('notification'));
  });
});
