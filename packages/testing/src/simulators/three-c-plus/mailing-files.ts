import * as v from 'valibot';
import { readDelimited } from '../delimited.ts';
import { readMultipart, textOf } from '../multipart.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route } from '../simulator.ts';
import { inCampaign } from './addressed.ts';
import { invalid } from './failure.ts';
import { field, itemOf } from './mailing-bodies.ts';
import type { ThreeCPlusState } from './state.ts';

export const FileSchema = v.object({
  file_name: v.string(),
  name: v.optional(v.string()),
  header: v.array(v.string()),
});

/** Lists that are uploaded as files. */
export function fileRoutes(state: ThreeCPlusState): readonly Route[] {
  return [
    {
      // The first of two steps: the file is stored, and its columns are returned to be named.
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/mailing$/,
      handle: inCampaign(state, (campaign, request) => {
        const parts = readMultipart(request);
        const file = parts.find(({ name }) => name === 'mailing');
        if (!file?.fileName) return invalid({ mailing: ['O campo mailing é obrigatório.'] });
        const rows = readDelimited(textOf(file), field(parts, 'delimiter') || ',');
        const hasHeader =
          field(parts, 'has_header') === 'true' || field(parts, 'has_header') === '1';
        const fileName = `mailing-${campaign}-${state.files.size + 1}.csv`;
        state.files.set(fileName, hasHeader ? rows.slice(1) : rows);
        return jsonReply(202, {
          file_name: fileName,
          original_name: file.fileName,
          header: hasHeader ? rows[0] : [],
          data: rows.slice(hasHeader ? 1 : 0, 6),
        });
      }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/csv$/,
      handle: inCampaign(state, (campaign, request) => {
        const parts = readMultipart(request);
        const file = parts.find(({ name }) => name === 'mailing');
        const header = parts
          .filter(({ name }) => name === 'header[]')
          .map(({ body }) => body.toString('utf8'));
        if (!file?.fileName) return invalid({ mailing: ['O campo mailing é obrigatório.'] });
        state.files.set(
          file.fileName,
          readDelimited(textOf(file), field(parts, 'delimiter') || ','),
        );
        return importFile(state, campaign, {
          file_name: file.fileName,
          name: field(parts, 'name'),
          header,
        });
      }),
    },
  ];
}

/** A stored file becomes a new list of the campaign. */
export function importFile(
  state: ThreeCPlusState,
  campaign: string,
  { file_name, name, header }: v.InferOutput<typeof FileSchema>,
): Reply {
  const rows = state.files.get(file_name);
  if (!rows) return invalid({ file_name: ['Arquivo não encontrado.'] });
  if (
    !header.includes('areacodephone') &&
    !(header.includes('areacode') && header.includes('phone'))
  )
    return invalid({ header: ['A coluna areacodephone, ou areacode e phone, é obrigatória.'] });
  const list = state.addList(campaign, name ?? file_name);
  const left = state.import(
    list,
    rows.map((row) => itemOf(header, row)),
  );
  return jsonReply(201, {
    data: { id: list.id, name: list.name, weight: list.weight },
    imported_lines: rows.length - left.length,
  });
}
