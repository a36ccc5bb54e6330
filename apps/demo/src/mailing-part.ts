import { setTimeout as pause } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { DemoPart } from './demo-part.ts';
import { openEventStream } from './event-stream.ts';
import { bar, table } from './show.ts';

interface ShownMailing {
  readonly state: string;
  readonly total: number;
  readonly sent: number;
  readonly error: { readonly message: string } | null;
}

interface ShownSummary {
  readonly attempts: number;
  readonly foreign: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

interface ShownAttempt {
  readonly contactId: string;
  readonly areaCode: string;
  readonly number: string;
  readonly at: string;
  readonly outcome: string;
  readonly vendorStatus: string;
  readonly extension?: string;
  readonly duration?: number;
}

const queue = 'cobranca';
const contacts = 200;
/** The last two digits of a number, by which the demo vendor decides the outcome of a call to it. */
const endings = ['10', '20', '11', '30', '12', '40', '13', '50', '14', '15'];

/** A company's day with the dialer: contacts cleared and loaded, dialed, an operator's screen, the results. */
export async function showMailing(part: DemoPart): Promise<void> {
  const { tenant, tenantUrl, key, vendor, step } = part;
  const { mailingId, total, rejected } = await tenant<{
    mailingId: string;
    total: number;
    rejected: number;
  }>(`/mailings?queue=${queue}`, {
    method: 'POST',
    body: mailingFile(),
    headers: { 'Content-Type': 'text/csv; charset=utf-8' },
  });
  step(
    'mailing taken in',
    `${total} contacts on the disk, ${rejected} row refused with its reason`,
  );

  const loaded = await follow(part, mailingId, ['active', 'stopped']);
  const cleared = vendor.requests.filter(({ method }) => method === 'DELETE').length;
  step(
    'cleared and loaded',
    `${bar(loaded.sent, loaded.total)} into the queue "${queue}", cleared ${cleared === 1 ? 'once' : `${cleared} times`} first`,
  );

  const stream = await openEventStream(`${tenantUrl}/events?extension=1001`, key);
  part.show.moving(`  dialing                by the telephone system …`);
  const dialed = await vendor.dial(queue);
  const event = await stream.next();
  stream.close();
  step('dialed', `${dialed.length} attempts by the telephone system over ${total} contacts`);
  step(
    'answered call',
    `first on the screen of 1001: contact ${event.contactId}, call ${event.callId}`,
  );

  await tenant(`/mailings/${mailingId}/deactivate`, { method: 'POST' });
  await follow(part, mailingId, ['finished', 'stopped']);
  const summary = await tenant<ShownSummary>(`/mailings/${mailingId}/results/summary`);
  step(
    'deactivated, results',
    `${summary.attempts} attempts: ${Object.entries(summary.outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ')}`,
  );
  await showResults(part, mailingId);
}

async function showResults({ tenant, show }: DemoPart, mailingId: string): Promise<void> {
  const { attempts } = await tenant<{ attempts: ShownAttempt[] }>(
    `/mailings/${mailingId}/results?limit=8`,
  );
  const rows = attempts.map((attempt) => [
    attempt.contactId,
    `${attempt.areaCode} *****-${attempt.number.slice(-4)}`,
    attempt.at.slice(11, 19),
    attempt.outcome,
    attempt.vendorStatus,
    attempt.extension ?? '',
    attempt.duration === undefined ? '' : `${attempt.duration} s`,
  ]);
  const head = ['contact', 'number', 'at (UTC)', 'outcome', "vendor's word", 'extension', 'talk'];
  for (const line of table(head, rows)) show.line(line);
}

/** Watches a mailing until it has come to one of the states. */
async function follow(
  { tenant, show, step }: DemoPart,
  mailingId: string,
  ends: readonly string[],
): Promise<ShownMailing> {
  for (;;) {
    const mailing = await tenant<ShownMailing>(`/mailings/${mailingId}`);
    if (ends.includes(mailing.state)) {
      if (mailing.error) step('stopped', styleText('red', mailing.error.message));
      return mailing;
    }
    show.moving(`  ${mailing.state.padEnd(22)} ${bar(mailing.sent, mailing.total)}`);
    await pause(40);
  }
}

/** The mailing as a spreadsheet would write it, with one row that has no number. */
function mailingFile(): string {
  const lines = Array.from({ length: contacts }, (_, index) => {
    const ending = endings[index % endings.length] ?? '11';
    const first = `9${String(88_000_000 + index * 100).slice(0, 6)}${ending}`;
    return `${7001 + index};Devedor ${index + 1};41;${first};41;9${97_000_011 + index * 100}`;
  });
  return ['ID;Nome;DDD1;Telefone1;DDD2;Telefone2', ...lines, '7999;Sem Telefone;;;;', ''].join(
    '\r\n',
  );
}
