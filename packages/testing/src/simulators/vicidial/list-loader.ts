import { htmlReply } from '../replies.ts';
import { readDelimited } from '../delimited.ts';
import { readMultipart, textOf } from '../multipart.ts';
import type { Reply, SimulatorRequest } from '../simulator.ts';
import type { VicidialState } from './state.ts';

/** The standard layout of a lead file. */
const columns = [
  'vendor_lead_code',
  'source_id',
  'list_id',
  'phone_code',
  'phone_number',
  'title',
  'first_name',
  'middle_initial',
  'last_name',
  'address1',
  'address2',
  'address3',
  'city',
  'state',
  'province',
  'postal_code',
  'country_code',
  'gender',
  'date_of_birth',
  'alt_phone',
  'email',
  'security_phrase',
  'comments',
];

/** `/vicidial/admin_listloader_fifth_gen.php`: answers with a page whose end holds the counts. */
export function answerListLoader(request: SimulatorRequest, state: VicidialState): Reply {
  const parts = readMultipart(request);
  const file = parts.find(({ name }) => name === 'leadfile');
  if (!file?.fileName) return htmlReply('ERROR: No file was uploaded.\n');
  if (!/\.(?:csv|txt)$/i.test(file.fileName))
    return htmlReply(`ERROR: Invalid File Name: ${file.fileName}\n`);
  const field = (name: string) =>
    parts.find((part) => part.name === name)?.body.toString('utf8') ?? '';
  const list = field('list_id_override');
  const skipsDuplicates = field('dupcheck').startsWith('DUPLIST');
  const text = textOf(file);
  // A name that ends in .csv means commas; otherwise the first row decides.
  const delimiter = /\.csv$/i.test(file.fileName) ? ',' : /^[^\n]*\t/.test(text) ? '\t' : '|';
  let good = 0;
  let bad = 0;
  for (const cells of readDelimited(text, delimiter)) {
    const lead = Object.fromEntries(
      columns.map((name, index) => [name, cells[index]?.trim() ?? '']),
    );
    const phone = lead['phone_number'] ?? '';
    const isKnown = state.leadsOf(list).some(({ fields }) => fields['phone_number'] === phone);
    if (!/^\d{6,16}$/.test(phone) || !state.lists.has(list) || (skipsDuplicates && isKnown))
      bad += 1;
    else {
      state.addLead(list, lead);
      good += 1;
    }
  }
  return htmlReply(page(good, bad));
}

function page(good: number, bad: number): string {
  const counts = `<B>Done</B> GOOD: ${good} &nbsp; &nbsp; &nbsp; BAD: ${bad} &nbsp; &nbsp; &nbsp; TOTAL: ${good + bad}`;
  const rows = '<TR><TD>. . . . .</TD></TR>\n'.repeat(200);
  return `<HTML><HEAD><TITLE>ADMINISTRATION: Lead Loader</TITLE></HEAD><BODY><TABLE>\n${rows}</TABLE><FONT COLOR=black>${counts}</FONT></BODY></HTML>\n`;
}
