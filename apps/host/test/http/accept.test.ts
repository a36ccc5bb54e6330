import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { sendMailing } from '../support/mailings.ts';
import { operationsOf, type Operation } from '../support/operations.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
/** Those with answers in several forms, of which `Accept` selects one. */
let operations: readonly Operation[];
let mailing: string;
beforeAll(async () => {
  host = await startTestHost();
  mailing = await sendMailing(host, [{ contactId: 'a-1', phones: [] }]);
  operations = (await operationsOf(host)).filter(({ mediaTypes }) =>
    mediaTypes.some((type) => type.endsWith('csv')),
  );
});
afterAll(() => host.stop());

const ask = ({ path }: Operation, accept: string) =>
  host.ask(path.replace('{tenant}', '1042').replace('{mailing}', mailing), {
    headers: { Accept: accept },
  });
const typeOf = ({ headers }: Response) => headers.get('Content-Type')?.replace(/;.*/, '');

it('every operation with several forms answers in the one that is asked for, however that is written', async () => {
  expect(operations.map(({ name }) => name)).toEqual([
    'GET /v1/tenants/{tenant}/mailings/{mailing}/rejects',
    'GET /v1/tenants/{tenant}/mailings/{mailing}/results',
  ]);
  for (const operation of operations) {
    const [first = ''] = operation.mediaTypes;
    const last = operation.mediaTypes.at(-1) ?? '';
    for (const type of operation.mediaTypes) {
      const ways = [
        type,
        type.toUpperCase(),
        `image/png, ${type};q=0.5`,
        `${type}, ${first};q=0.9`,
      ];
      for (const accept of ways)
        expect({ accept, type: typeOf(await ask(operation, accept)) }).toEqual({ accept, type });
    }
    expect(typeOf(await ask(operation, `${last};q=0, */*`))).toBe(first);
    expect(typeOf(await ask(operation, `${last};q=0.1, ${first};q=0.2`))).toBe(first);
    expect(typeOf(await ask(operation, `${first};q=0, */*`))).toBe(operation.mediaTypes[1]);
  }
});

it('every operation with several forms refuses a request that accepts none of them, and names them', async () => {
  for (const operation of operations) {
    for (const accept of ['image/png', '*/*;q=0']) {
      const answer = await ask(operation, accept);
      expect(answer.status).toBe(406);
      const { code, hint } = await jsonOf(answer, ProblemShape);
      expect(code).toBe('not_acceptable');
      for (const type of operation.mediaTypes) expect(hint).toContain(type);
    }
  }
});
