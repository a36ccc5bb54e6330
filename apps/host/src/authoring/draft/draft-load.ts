import { StartError } from '../../environment.ts';
import { batchIn, type BodyDraft } from './body-slots.ts';
import { draftFile } from './csv-file.ts';
import type { DraftNotes } from './draft-notes.ts';
import { draftRequest } from './draft-request.ts';
import type { RequestSlots } from './request-slots.ts';

export interface DraftedLoad {
  readonly parts: RequestSlots;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether the load sends a file; the request then has no body of its own. */
  readonly isFile: boolean;
}

/** A load in batches, or by file: the host then generates the part or body that the command read from a file, for each mailing. */
export function draftLoad(
  parts: RequestSlots,
  contacts: Buffer | undefined,
  notes: DraftNotes,
): DraftedLoad | undefined {
  const { body } = parts;
  if (body?.kind === 'parts') return fileInPart(parts, body, contacts, notes);
  if (body?.kind !== 'json') return fileAsBody(parts, contacts, notes);
  const count = batchIn(body);
  if (count === undefined) return undefined;
  notes.warn(
    `contactLoad.size: the command sends ${count} contacts at once; write how many the telephone system takes`,
  );
  return { parts, settings: { unit: 'batch', size: Math.max(count, 100) }, isFile: false };
}

function fileInPart(
  parts: RequestSlots,
  body: Extract<BodyDraft, { kind: 'parts' }>,
  contacts: Buffer | undefined,
  notes: DraftNotes,
): DraftedLoad | undefined {
  const file = body.parts.find(({ part }) => part.filename !== undefined);
  if (!file) return undefined;
  const others = body.parts.filter((one) => one !== file);
  const second = others.find(({ part }) => part.filename !== undefined);
  if (second)
    throw new StartError(
      `the command sends two files, "${file.part.name}" and "${second.part.name}"; a load can send only one`,
    );
  const { name, bytes, content, filename = 'contacts.csv', contentType } = file.part;
  const form = draftRequest({ ...parts, body: { ...body, parts: others } }, {}, notes).body;
  return byFile(parts, {
    name: notes.text(filename),
    ...draftFile(contacts ?? bytes ?? Buffer.from(content), notes),
    field: name,
    ...(others.length > 0 && { fields: form?.['multipart'] }),
    ...(contentType !== undefined && { contentType }),
  });
}

function fileAsBody(
  parts: RequestSlots,
  contacts: Buffer | undefined,
  notes: DraftNotes,
): DraftedLoad | undefined {
  const { body, headers } = parts.request;
  if (body?.kind !== 'data' || (!body.bytes && !contacts)) return undefined;
  const contentType = headers.get('content-type')?.value.replace(/;.*$/, '');
  return byFile(parts, {
    ...draftFile(contacts ?? body.bytes ?? Buffer.from(body.text), notes),
    ...(contentType !== undefined && { contentType }),
  });
}

const byFile = (parts: RequestSlots, file: Readonly<Record<string, unknown>>): DraftedLoad => ({
  isFile: true,
  parts: { ...parts, body: undefined },
  settings: { unit: 'file', file },
});
