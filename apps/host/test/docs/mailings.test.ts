import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mailingRows } from '../../src/mailings/intake/mailing-rows.ts';
import { readContact } from '../../src/mailings/intake/read-contact.ts';

const page = readFileSync(new URL('../../../../docs/mailings.md', import.meta.url), 'utf8');

async function contactsOf(mark: string, contentType: string) {
  const text = new RegExp(`\`\`\`${mark}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
  const body = async function* () {
    yield Buffer.from(text);
  };
  const contacts = [];
  for await (const { row } of mailingRows(body(), contentType)) contacts.push(readContact(row));
  return contacts;
}

it('docs/mailings.md shows contacts in JSON and CSV that the host can read', async () => {
  const ana = {
    contactId: '7001',
    name: 'Ana',
    cpf: '52998224725',
    phones: [{ areaCode: '41', number: '999998888' }],
  };
  expect(await contactsOf('json', 'application/json')).toMatchObject([
    { contact: { ...ana, parameters: { debt: 10.5 } }, dropped: [] },
  ]);
  expect(await contactsOf('csv', 'text/csv')).toMatchObject([{ contact: ana, dropped: [] }]);
});
