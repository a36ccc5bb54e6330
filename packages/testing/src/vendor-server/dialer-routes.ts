import * as v from 'valibot';
import { parseJson } from '../parse-json.ts';
import { csvOf, readCsv } from './contacts-csv.ts';
import { failure, json, type Answer, type Route } from './route.ts';
import type { Telephony, VendorAttempt } from './telephony.ts';

const ContactSchema = v.object({
  contactId: v.string(),
  name: v.string(),
  cpf: v.string(),
  phones: v.array(v.string()),
});

/** Routes of the dialer: its lists, and their results. */
export function dialerRoutes(
  telephony: Telephony,
  dial: (queue: string) => Promise<readonly VendorAttempt[]>,
): readonly Route[] {
  return [
    {
      name: 'contactLoad',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/contacts$/,
      handle({ text, parts: [queue = ''] }) {
        const contact = v.safeParse(ContactSchema, parseJson(text));
        if (!contact.success) return failure(422, 'contato invalido');
        const phones = contact.output.phones.filter((phone) => phone !== '');
        if (phones.length === 0) return failure(422, 'contato sem telefone');
        if (telephony.refusedContacts.has(contact.output.contactId))
          return failure(422, 'contato bloqueado');
        telephony.contactsOf(queue).set(contact.output.contactId, { ...contact.output, phones });
        return json(201, { ok: true });
      },
    },
    {
      name: 'contactFile',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/contacts\.csv$/,
      handle({ received, parts: [queue = ''] }) {
        const contacts = readCsv(csvOf(received));
        for (const contact of contacts) telephony.contactsOf(queue).set(contact.contactId, contact);
        return json(200, { ok: true, imported: contacts.length });
      },
    },
    {
      name: 'contactClear',
      method: 'DELETE',
      pattern: /^\/queues\/([^/]+)\/contacts$/,
      handle({ parts: [queue = ''] }) {
        const contacts = telephony.contactsOf(queue);
        const cleared = contacts.size;
        contacts.clear();
        return json(200, { ok: true, cleared });
      },
    },
    {
      name: 'dialerStart',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/start$/,
      async handle({ parts: [queue = ''] }) {
        return json(200, { ok: true, dialed: (await dial(queue)).length });
      },
    },
    {
      name: 'dialerResults',
      method: 'GET',
      pattern: /^\/queues\/([^/]+)\/results$/,
      handle({ received, parts: [queue = ''] }) {
        const from = Date.parse(received.query.get('from') ?? '');
        const to = Date.parse(received.query.get('to') ?? '');
        if (Number.isNaN(from) || Number.isNaN(to)) return failure(422, 'periodo invalido');
        const rows = (telephony.attempts.get(queue) ?? []).filter(
          ({ at }) => at >= from && at <= to,
        );
        const reported = rows.map((attempt) => resultRow(attempt, telephony.spoiltAttempts));
        return /csv/.test(received.headers.accept ?? '')
          ? resultsCsv(reported)
          : json(200, { ok: true, data: reported });
      },
    },
  ];
}

function resultRow(attempt: VendorAttempt, spoilt: ReadonlySet<string>) {
  const { contactId, number, end, callId, extension, durationSeconds } = attempt;
  return {
    contactId,
    number,
    at: spoilt.has(callId) ? '2026-02-30T25:61:00Z' : new Date(attempt.at).toISOString(),
    status: end.toUpperCase(),
    callId,
    extension: extension ?? null,
    duration: durationSeconds,
  };
}

function resultsCsv(rows: readonly ReturnType<typeof resultRow>[]): Answer {
  const lines = rows.map((row) =>
    Object.values(row)
      .map((value) => value ?? '')
      .join(';'),
  );
  const text = ['contato;numero;data;situação;ligação;ramal;duração', ...lines, ''].join('\r\n');
  return {
    status: 200,
    contentType: 'text/csv; charset=iso-8859-1',
    body: Buffer.from(text, 'latin1'),
  };
}
