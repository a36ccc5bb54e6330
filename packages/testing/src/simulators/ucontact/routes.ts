import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route } from '../simulator.ts';
import type { UContactState } from './state.ts';

/** All keys must be present, empty or not. */
const TaskSchema = v.strictObject({
  calldate: v.nullable(v.string()),
  campaign: v.pipe(v.string(), v.endsWith('<-')),
  destination: v.pipe(v.string(), v.regex(/^\d{8,15}$/)),
  alternatives: v.string(),
  agent: v.string(),
  data: v.string(),
  source: v.string(),
  bulk: v.boolean(),
  automatic: v.boolean(),
});
const TransferSchema = v.object({
  type: v.picklist(['blind', 'attended']),
  destinationType: v.picklist(['agent', 'campaign', 'external']),
  destination: v.pipe(v.string(), v.minLength(2)),
});

/** Most answers are bare text. */
const text = (body: string): Reply => ({ headers: { 'Content-Type': 'text/plain' }, body });

export function routesOf(
  state: UContactState,
  login: { readonly user: string; readonly password: string },
): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: /^\/Integra\/resources\/auth\/getUserToken$/,
      handle: ({ parameters }) =>
        parameters.get('user') === login.user && parameters.get('password') === login.password
          ? text(state.issueToken())
          : text('0'),
    },
    {
      method: 'POST',
      pattern: /^\/Integra\/resources\/Agents\/AgentCall$/,
      handle({ parameters }) {
        const extension = parameters.get('phone') ?? '';
        const destination = parameters.get('destination') ?? '';
        const isComplete = ['callerid', 'agent', 'tech', 'context', 'outqueue'].every((name) =>
          parameters.has(name),
        );
        if (
          !isComplete ||
          !state.telephony.operators.has(extension) ||
          state.telephony.liveCallOf(extension)
        )
          return text('0');
        return text(
          state.guidOf(
            state.telephony.place(extension, destination, parameters.get('outqueue') ?? '').id,
          ),
        );
      },
    },
    {
      method: 'PUT',
      pattern: /^\/api\/inbox\/id\/([^/]+)\/transfer$/,
      handle({ text: body, parts: [guid = ''] }) {
        const wanted = v.safeParse(TransferSchema, parseJson(body));
        if (!wanted.success) return jsonReply(400, { message: 'invalid transfer' });
        const call = state.telephony.calls.get(state.callIdOf(guid) ?? '');
        if (!call || call.end !== 'answered' || call.transferredTo !== undefined)
          return jsonReply(404, { message: 'call not found' });
        call.transferredTo = `${wanted.output.destinationType}:${wanted.output.destination}`;
        return jsonReply(200, { status: 'OK' });
      },
    },
    {
      // JSON inside a form field.
      method: 'POST',
      pattern: /^\/Integra\/resources\/Dialers\/DialerTask$/,
      handle({ parameters }) {
        const task = v.safeParse(TaskSchema, parseJson(parameters.get('call') ?? ''));
        if (!task.success) return text('ERROR');
        const { campaign, destination, alternatives, data } = task.output;
        state.tasks.push({ campaign: campaign.slice(0, -2), destination, alternatives, data });
        return text('OK');
      },
    },
  ];
}
