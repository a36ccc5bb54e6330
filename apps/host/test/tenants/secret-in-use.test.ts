import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { createVault } from '../../src/store/vault.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { SecretGone } from '../../src/tenants/tenant-documents.ts';
import { SecretUnfit } from '../../src/tenants/tenant-secrets.ts';
import { createTenantStore, type TenantStore } from '../../src/tenants/tenant-store.ts';
import { openTestStore } from '../support/host-place.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, tenantDocument } from '../support/test-host.ts';

it('a secret that the document names cannot be deleted, otherwise the text of its reference would be the event token', async () => {
  const host = await startTestHost({ secrets: { eventToken: 'a-long-random-token' } });
  onTestFinished(host.stop);
  const inbound = { allowFrom: ['127.0.0.1/32'], token: '${secret:eventToken}' };
  const document = tenantDocument(host.vendor.url);
  await host.tenant('', { method: 'PUT', json: { ...document, inbound } });
  const remove = () => host.tenant('/secrets/eventToken', { method: 'DELETE' });
  const refused = await remove();
  expect(refused.status).toBe(409);
  expect((await jsonOf(refused, ProblemShape)).code).toBe('conflict');
  const event = 'pid=7001&num=41999998888&cid=s-1&ramal=1001&empresaId=1042';
  const tell = (token: string) =>
    fetch(
      `${host.url}/telephony-proxy/atendimentodiscador?${event}&token=${encodeURIComponent(token)}`,
    );
  expect((await tell('${secret:eventToken}')).status).toBe(403);
  expect((await tell('a-long-random-token')).status).toBe(200);
  await host.tenant('', { method: 'PUT', json: document });
  expect((await remove()).status).toBe(204);
});

it('a document whose secret was deleted before it is saved is refused, and is saved once the secret is set again', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault);
  const inbound = { token: '${secret:eventToken}' };
  const document = v.parse(TenantDocumentSchema, { id: '1042', name: 'Sul', inbound });
  await tenants.setSecret('1042', 'eventToken', 'a-long-random-token');
  await tenants.removeSecret('1042', 'eventToken');
  await expect(tenants.save(document, 'test')).rejects.toThrow(SecretGone);
  expect(await tenants.read('1042')).toBeUndefined();
  await tenants.setSecret('1042', 'eventToken', 'another-random-token');
  expect(await tenants.save(document, 'test')).toMatchObject({ version: 1, created: true });
});

it('a part of the secret of a webhook is refused if the whole could sign nothing with it', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault);
  const webhook = { url: 'https://crm.example', secret: '${secret:kind}${secret:key}' };
  const document = v.parse(TenantDocumentSchema, { id: '1042', name: 'Sul', inbound: { webhook } });
  await tenants.setSecret('1042', 'kind', 'whsec_');
  await tenants.setSecret('1042', 'key', 'YWJjZA==');
  await tenants.save(document, 'test');
  await expect(tenants.setSecret('1042', 'key', 'no base64')).rejects.toThrow(SecretUnfit);
  expect((await tenants.secrets('1042')).get('key')).toBe('YWJjZA==');
  await tenants.setSecret('1042', 'kind', 'words');
  await tenants.setSecret('1042', 'key', 'no base64');
});

it('the secret of a damaged document can be set: it is needed to save the document again', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenants = createTenantStore(store, vault);
  await tenants.save(v.parse(TenantDocumentSchema, { id: '1042', name: 'Sul' }), 'test');
  await store.db.updateTable('tenants').set({ document: '{"id":"10' }).execute();
  await tenants.setSecret('1042', 'token', 'a-long-random-token');
  expect((await tenants.secrets('1042')).get('token')).toBe('a-long-random-token');
});

it.each([
  ['deleted', async () => undefined],
  [
    'deleted and created again',
    (elsewhere: TenantStore) => elsewhere.setSecret('1042', 'other', 'some-other-token'),
  ],
])(
  'a secret that is set at a host that has not heard yet that the company was %s can be read: under the former key it would shut out the next company with this id',
  async (_, since) => {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const masterKeys = [{ id: 'test', key: randomBytes(32) }] as const;
    const elsewhere = createTenantStore(store, createVault(store, masterKeys));
    const unheard = createVault({ ...store, listen: () => () => undefined }, masterKeys);
    const late = createTenantStore(store, unheard);
    await elsewhere.save(v.parse(TenantDocumentSchema, { id: '1042', name: 'Sul' }), 'test');
    await late.setSecret('1042', 'token', 'a-long-random-token');
    await unheard.cipher('1042');
    await elsewhere.remove('1042');
    await since(elsewhere);
    await late.setSecret('1042', 'token', 'another-random-token');
    expect((await elsewhere.secrets('1042')).get('token')).toBe('another-random-token');
  },
);
