import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { jsonReply } from '../replies.ts';
import type { Route } from '../simulator.ts';
import { inCampaign, inList } from './addressed.ts';
import { invalid } from './failure.ts';
import { fieldsOf, itemOf, itemsOf } from './mailing-bodies.ts';
import { FileSchema, fileRoutes, importFile } from './mailing-files.ts';
import type { ThreeCPlusState } from './state.ts';

const mostItems = 300;
const mostDeleted = 100;

const NameSchema = v.object({ name: v.pipe(v.string(), v.minLength(1)) });
const WeightSchema = v.object({ weight: v.number() });
const TableSchema = v.object({
  header: v.array(v.string()),
  mailing: v.array(v.array(v.string())),
});
const PhonesSchema = v.object({ phone: v.array(v.string()) });
const notAList = invalid({ mailing: ['O corpo deve ser uma lista de contatos.'] });

/** Lists of a campaign, and what is loaded into them. */
export function mailingRoutes(state: ThreeCPlusState): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists$/,
      handle: inCampaign(state, (campaign, request) => {
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
      handle: inList(state, (list, request) => {
        const wanted = v.safeParse(WeightSchema, parseJson(request.text));
        if (!wanted.success) return invalid({ weight: ['O campo weight deve ser um número.'] });
        list.weight = wanted.output.weight;
        return { status: 204 };
      }),
    },
    {
      // Accepted with an empty answer: what was left out is not reported.
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/mailing\.json$/,
      handle: inList(state, (list, request) => {
        const items = itemsOf(request);
        if (!items) return notAList;
        state.import(list, items);
        return { status: 204 };
      }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/lists\/([^/]+)\/mailing_sync\.json$/,
      handle: inList(state, (list, request) => {
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
      handle: inList(state, (list, request) => {
        const table = v.safeParse(TableSchema, parseJson(request.text));
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
      handle: inList(state, (list) => {
        state.deleteList(list);
        return { status: 204 };
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/api\/v1\/campaigns\/([^/]+)\/mailing\/delete$/,
      handle: inCampaign(state, (campaign, request) => {
        const wanted = v.safeParse(PhonesSchema, parseJson(request.text));
        if (!wanted.success) return invalid({ phone: ['O campo phone é obrigatório.'] });
        const { phone } = wanted.output;
        if (phone.length > mostDeleted)
          return invalid({ phone: [`No máximo ${mostDeleted} telefones.`] });
        for (const list of state.lists.filter((each) => each.campaign === campaign))
          list.items = list.items.filter((item) => !phone.includes(item.phone));
        return { status: 204 };
      }),
    },
    ...fileRoutes(state),
  ];
}
