import * as v from 'valibot';
import { readDelimited } from '../delimited.ts';
import { readMultipart, textOf, type FormPart } from '../multipart.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route, SimulatorRequest } from '../simulator.ts';
import { failure, invalid } from './failure.ts';
import type { MailingItem, MailingList, ThreeCPlusState } from './state.ts';

const mostItems = 300;
const mostDeleted = 100;

const ItemSchema = v.object({
  phone: v.string(),
  identifier: v.string(),
  data: v.optional(v.record(v.string(), v.string()), {}),
});
const NameSchema = v.object({ name: v.pipe(v.string(), v.minLength(1)) });
const WeightSchema = v.object({ weight: v.number() });
const TableSchema = v.object({
  header: v.array(v.string()),
  mailing: v.array(v.array(v.string())),
});
const PhonesSchema = v.object({ phone: v.array(v.string()) });
const FileSchema = v.object({
  file_name: v.string(),
  name: v.optional(v.string()),
  header: v.array(v.string()),
});

const notAList = invalid({ mailing: ['O corpo deve ser uma lista de contatos.'] });

/** Lists of a campaign, and what is loaded into them. */
export function mailingRoutes(state: ThreeCPlusState): readonly Route[] {
  const inCampaign =
    (handle: (campaign: string, request: SimulatorRequest) => Reply) =>
    (request: SimulatorRequest) => {
      const [campaign = ''] = request.parts;
      return state.campaigns.includes(campaign)
        ? handle(campaign, request)
        : failure(404, 'Not Found', 'Campanha não encontrada.');
    };
  const inList = (handle: (list: MailingList, request: SimulatorRequest) => Reply) =>
    inCampaign((campaign, request) => {
      const list = state.list(campaign, request.parts[1] ?? '');
      return list ? handle(list, request) : failure(404, 'Not Found', 'Lista não encontrada.');
    });

  return [
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists$/,
      handle: inCampaign((campaign, request) => {
        const file = v.safeParse(FileSchema, fieldsOf(request));
        if (file.success) return importFile(state, campaign, file.output);
        const wanted = v.safeParse(NameSchema, fieldsOf(request));
        if (!wanted.success) return invalid({ name: ['O campo name é obrigatório.'] });
        const list = state.addList(campaign, wanted.output.name);
        return jsonReply(201, { data: { id: list.id, name: list.name, weight: list.weight } });
      }),
    },
    {
      method: 'PUT',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/updateWeight$/,
      handle: inList((list, request) => {
        const wanted = v.safeParse(WeightSchema, jsonOf(request));
        if (!wanted.success) return invalid({ weight: ['O campo weight deve ser um número.'] });
        list.weight = wanted.output.weight;
        return { status: 204 };
      }),
    },
    {
      // Accepted with an empty answer: what was left out is not told.
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/mailing\.json$/,
      handle: inList((list, request) => {
        const items = itemsOf(request);
        if (!items) return notAList;
        state.import(list, items);
        return { status: 204 };
      }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/mailing_sync\.json$/,
      handle: inList((list, request) => {
        const items = itemsOf(request);
        if (!items) return notAList;
        const left = state.import(list, items);
        return jsonReply(200, {
          data: {
            imported: { quantity: items.length - left.length },
            filtered: {
              quantity: left.length,
              details: left.map(({ item, motive }) => ({
                phone: item.phone,
                identifier: item.identifier,
                motive,
              })),
            },
          },
        });
      }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/mailing$/,
      handle: inList((list, request) => {
        const table = v.safeParse(TableSchema, jsonOf(request));
        if (!table.success) return invalid({ mailing: ['O campo mailing é obrigatório.'] });
        const { header, mailing } = table.output;
        if (mailing.length > mostItems)
          return invalid({ mailing: [`O campo mailing não pode ter mais de ${mostItems} itens.`] });
        const left = state.import(
          list,
          mailing.map((row) => itemOf(header, row)),
        );
        return jsonReply(200, { imported_lines: mailing.length - left.length });
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)$/,
      handle: inList((list) => {
        state.deleteList(list);
        return { status: 204 };
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/mailing\/delete$/,
      handle: inCampaign((campaign, request) => {
        const wanted = v.safeParse(PhonesSchema, jsonOf(request));
        if (!wanted.success) return invalid({ phone: ['O campo phone é obrigatório.'] });
        const { phone } = wanted.output;
        if (phone.length > mostDeleted)
          return invalid({ phone: [`No máximo ${mostDeleted} telefones.`] });
        for (const list of state.lists.filter((each) => each.campaign === campaign))
          list.items = list.items.filter((item) => !phone.includes(item.phone));
        return { status: 204 };
      }),
    },
    {
      // The first of two steps: the file is kept, and its columns come back to be named.
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/mailing$/,
      handle: inCampaign((campaign, request) => {
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
      handle: inCampaign((campaign, request) => {
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

function importFile(
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

function itemOf(header: readonly string[], row: readonly string[]): MailingItem {
  const data = Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']));
  const phone = data['areacodephone'] ?? `${data['areacode'] ?? ''}${data['phone'] ?? ''}`;
  return { phone, identifier: data['identifier'] ?? '', data };
}

function itemsOf(request: SimulatorRequest): readonly MailingItem[] | undefined {
  const items = v.safeParse(v.array(ItemSchema), jsonOf(request));
  return items.success ? items.output : undefined;
}

function field(parts: readonly FormPart[], name: string): string {
  return parts.find((part) => part.name === name)?.body.toString('utf8') ?? '';
}

function jsonOf({ text }: SimulatorRequest): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body as JSON, or as a form with `name[]` for lists. */
function fieldsOf(request: SimulatorRequest): unknown {
  const { parameters } = request;
  const lists = Object.fromEntries(
    [...parameters.keys()]
      .filter((key) => key.endsWith('[]'))
      .map((key) => [key.slice(0, -2), parameters.getAll(key)]),
  );
  return jsonOf(request) ?? { ...Object.fromEntries(parameters), ...lists };
}
