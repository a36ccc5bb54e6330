// What a programmer would write for the same vendors, without the template: the baseline of the language. Does the same checks and no more.
import {
  parsePhone,
  TelephonyError,
  type AdapterContext,
  type Contact,
  type Outcome,
  type ReportedAttempt,
} from '@finaz-telephony/core';

export interface Vicidial {
  readonly baseUrl: string;
  readonly user: string;
  readonly pass: string;
}

const refusals = /\|(BAD|LOCK|IPBLOCK)\|/;

/** Adds one lead. Resolves with `true` if it was taken, or was there already. */
export async function addLead(
  { baseUrl, user, pass }: Vicidial,
  queue: string,
  contact: Contact,
  context: AdapterContext,
): Promise<boolean> {
  const [first, ...others] = contact.phones;
  if (!first) throw new Error('a contact without phones');
  const form = new URLSearchParams({
    source: 'finaz',
    user,
    pass,
    function: 'add_lead',
    phone_number: `${first.areaCode}${first.number}`,
    phone_code: '1',
    list_id: queue,
    vendor_lead_code: contact.contactId,
    first_name: contact.name.replaceAll(/['"]/g, ' ').replaceAll('&', 'e').slice(0, 30),
  });
  const cpf = contact.cpf.replace(/\D/g, '');
  if (cpf !== '') form.set('security_phrase', cpf);
  if (others.length > 0)
    form.set(
      'multi_alt_phones',
      others.map((phone) => `${phone.areaCode}${phone.number}`).join('!'),
    );
  form.set('duplicate_check', 'DUPLIST');
  form.set('list_exists_check', 'Y');
  form.set('add_to_hopper', 'N');
  const response = await context.fetch(`${baseUrl}/vicidial/non_agent_api.php`, {
    method: 'POST',
    body: form.toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    signal: context.signal,
  });
  const text = await response.text();
  if (refusals.test(text)) throw failure('auth_failed', response, text);
  if (text.includes('USER DOES NOT HAVE PERMISSION'))
    throw failure('invalid_config', response, text);
  if (text.includes('DUPLICATE PHONE NUMBER')) return true;
  if (!response.ok) throw failure('unavailable', response, text);
  if (!text.includes('SUCCESS: add_lead LEAD HAS BEEN ADDED'))
    throw failure('refused', response, text);
  return true;
}

/** Places a call from an agent's phone. Resolves with the call's id. */
export async function placeCall(
  baseUrl: string,
  token: string,
  call: { readonly extension: string; readonly areaCode: string; readonly number: string },
  context: AdapterContext,
): Promise<string> {
  const response = await context.fetch(`${baseUrl}/click2call`, {
    method: 'POST',
    body: new URLSearchParams({
      extension: call.extension,
      phone: `${call.areaCode}${call.number}`,
    }).toString(),
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    signal: context.signal,
  });
  const text = await response.text();
  if (response.status === 400 || response.status === 422) throw failure('refused', response, text);
  if (!response.ok) throw failure('unavailable', response, text);
  const reply: unknown = JSON.parse(text);
  if (!isObject(reply) || !isObject(reply['call']) || reply['call']['id'] === undefined)
    throw failure('unreadable_response', response, text);
  return written(reply['call']['id']);
}

const dispositions: Readonly<Record<string, Outcome>> = {
  NA: 'no_answer',
  N: 'no_answer',
  B: 'busy',
  AB: 'busy',
  A: 'voicemail',
  AA: 'voicemail',
  AM: 'voicemail',
  AL: 'voicemail',
  AFAX: 'invalid_number',
  DC: 'invalid_number',
  ADC: 'invalid_number',
  ADCT: 'failed',
  DROP: 'abandoned',
  PDROP: 'abandoned',
  XDROP: 'abandoned',
  DNC: 'blocked',
  DNCL: 'blocked',
  DNCC: 'blocked',
  PU: 'answered',
  PM: 'answered',
  SALE: 'answered',
  NI: 'answered',
  CALLBK: 'answered',
};

/** Reads the export of calls while it arrives: tab-separated rows after a header. */
export async function* reportRows(
  { baseUrl }: Vicidial,
  agents: ReadonlyMap<string, string>,
  context: AdapterContext,
): AsyncGenerator<ReportedAttempt> {
  const response = await context.fetch(`${baseUrl}/vicidial/call_report_export.php`);
  const decoder = new TextDecoder();
  let rest = '';
  let columns: string[] | undefined;
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const cells = line.trimEnd().split('\t');
      if (!columns) {
        columns = cells;
        continue;
      }
      const row: Record<string, string> = {};
      for (const [index, name] of columns.entries()) row[name] = cells[index]?.trim() ?? '';
      const attempt = reported(row, agents);
      if (attempt) yield attempt;
    }
  }
}

function reported(
  row: Readonly<Record<string, string>>,
  agents: ReadonlyMap<string, string>,
): ReportedAttempt | undefined {
  const status = row['status'] ?? '';
  if (['NEW', 'QUEUE', 'INCALL'].includes(status)) return undefined;
  const at = new Date(`${row['call_date']?.replace(' ', 'T')}-03:00`);
  if (Number.isNaN(at.getTime())) return undefined;
  const phone = parsePhone(row['phone_number_dialed'] ?? '');
  const extension = agents.get(row['user'] ?? '');
  const duration = Number(row['length_in_sec']);
  return {
    areaCode: phone.areaCode ?? '',
    number: phone.number ?? '',
    at: at.toISOString(),
    outcome: dispositions[status] ?? 'unknown',
    vendorStatus: status,
    ...(row['uniqueid'] && { id: row['uniqueid'] }),
    ...(row['vendor_lead_code'] && { contactId: row['vendor_lead_code'] }),
    ...(row['caller_code'] && { callId: row['caller_code'] }),
    ...(extension !== undefined && { extension }),
    ...(duration >= 0 && { duration }),
  };
}

/** Reads pages of calls, which are JSON. */
export async function* callRows(
  baseUrl: string,
  token: string,
  agents: ReadonlyMap<string, string>,
  context: AdapterContext,
): AsyncGenerator<ReportedAttempt> {
  for (let page = 1; ; page += 1) {
    const response = await context.fetch(`${baseUrl}/calls?page=${page}&per_page=500`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const reply: unknown = JSON.parse(await response.text());
    if (!isObject(reply) || !Array.isArray(reply['data'])) throw new Error('no list');
    for (const row of reply['data']) {
      const attempt = isObject(row) ? calledOf(row, agents) : undefined;
      if (attempt) yield attempt;
    }
    const { meta } = reply;
    const pagination = isObject(meta) ? meta['pagination'] : undefined;
    if (!isObject(pagination) || page >= Number(pagination['total_pages'])) return;
  }
}

function calledOf(
  row: Readonly<Record<string, unknown>>,
  agents: ReadonlyMap<string, string>,
): ReportedAttempt | undefined {
  const at = new Date(written(row['call_date_rfc3339']));
  if (Number.isNaN(at.getTime())) return undefined;
  const phone = parsePhone(written(row['number']));
  const mailing = row['mailing_data'];
  const contactId = isObject(mailing) ? mailing['identifier'] : undefined;
  const extension = agents.get(written(row['agent_id']));
  const [hours, minutes, seconds] = written(row['speaking_with_agent_time']).split(':').map(Number);
  const vendorStatus = `${written(row['status_id'])}/${written(row['hangup_cause'])}/${written(row['readable_status_text'])}`;
  return {
    areaCode: phone.areaCode ?? '',
    number: phone.number ?? '',
    at: at.toISOString(),
    outcome: outcomeOfCall(row),
    vendorStatus,
    ...(contactId !== undefined && { contactId: written(contactId) }),
    callId: written(row['id']),
    ...(extension !== undefined && { extension }),
    duration: (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0),
  };
}

function outcomeOfCall(row: Readonly<Record<string, unknown>>): Outcome {
  if (written(row['readable_status_text']).startsWith('Caixa postal')) return 'voicemail';
  switch (row['status_id']) {
    case 7:
      return 'answered';
    case 5:
    case 9:
    case 15:
      return 'no_answer';
    case 6:
      return 'abandoned';
    case 8:
      return causes[written(row['hangup_cause'])] ?? 'unknown';
    default:
      return 'unknown';
  }
}

const causes: Readonly<Record<string, Outcome>> = {
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  20: 'no_answer',
  21: 'rejected',
  22: 'invalid_number',
  28: 'invalid_number',
  34: 'failed',
  102: 'failed',
};

const written = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function failure(
  code: 'auth_failed' | 'invalid_config' | 'unavailable' | 'refused' | 'unreadable_response',
  response: Response,
  text: string,
): TelephonyError {
  return new TelephonyError({
    code,
    message: 'The telephone system failed.',
    delivery: 'answered',
    vendor: { status: response.status, excerpt: text.slice(0, 500) },
  });
}
