import type { AnsweredCall, Logger } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import { RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described, type Operation } from '../http/openapi.ts';
import { refuseNul } from '../http/refuse-nul.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { answeredCallPage } from './answered-call-page.ts';
import type { EventGate } from './event-gate.ts';
import type { AppendedEvent, EventLog } from './event-log.ts';
import {
  readManualNotification,
  readSender,
  type NotificationForm,
} from './manual-notification.ts';
import { NotificationError, operatorErrors } from './operator-errors.ts';
import { pageHeaders } from './operator-page.ts';
import { privateHeaders } from './private-headers.ts';
import { hiddenCallPage, refusedCallPage, type RefusedCall } from './refused-call-page.ts';

const TakenSchema = v.object({
  status: v.literal('ok'),
  eventId: v.string(),
  repeated: v.pipe(v.boolean(), v.description('It was told before, and is delivered once.')),
});

const senderQuery = {
  empresaId: 'Id of the company; `empresald` is the same.',
  token: 'Where the company asks for one.',
};
const callQuery = {
  num: 'Number of the call.',
  cid: "The vendor's id of the call.",
  ramal: "The operator's extension.",
  ...senderQuery,
};

const operations = {
  reportAnsweredCall: {
    id: 'reportAnsweredCall',
    tag: 'events',
    summary: "Answered call, told by the vendor's server",
    description:
      'Answers only when the event is durable. The same event again is answered alike and delivered once.',
    query: {
      pid: "The CRM's id of the contact.",
      ...callQuery,
    },
    required: ['pid', 'num', 'cid', 'ramal', 'empresaId'],
    answers: { 200: { description: 'Durable.', schema: TakenSchema } },
    open: true,
  },
  openAnsweredCall: {
    id: 'openAnsweredCall',
    tag: 'events',
    summary: "Answered call, told by a window of the operator's browser",
    description:
      "Records the event and leads on to the company's screen, or shows the data of the call in a small page. What goes wrong is told in a page in Portuguese, with the same status, where `Accept` prefers `text/html`, as browsers do.",
    query: {
      pid: "The CRM's id of the contact, where it is known.",
      ...callQuery,
    },
    required: ['num', 'cid', 'ramal', 'empresaId'],
    answers: {
      200: {
        description: 'A small page.',
        mediaType: 'text/html',
        headers: { Refresh: 'The same page, at an address that reports no call.' },
      },
      302: {
        description: "The company's screen.",
        headers: { Location: 'The address of the screen, with the values of the event.' },
      },
    },
    errorTypes: ['text/html'],
    open: true,
  },
  getAnsweredCallPage: {
    id: 'getAnsweredCallPage',
    tag: 'events',
    summary: 'The page of an answered call, where the company has no screen',
    description:
      'Where the window is sent after it has reported the call. Opening this page reports nothing: a window that is reloaded, or restored with its browser the next day, must not report the call as answered now.',
    query: { empresaId: 'Id of the company.', cid: "The vendor's id of the call." },
    required: ['empresaId', 'cid'],
    answers: { 200: { description: 'A small page.', mediaType: 'text/html' } },
    errorTypes: ['text/html'],
    open: true,
  },
  checkEventAccess: {
    id: 'checkEventAccess',
    tag: 'events',
    summary: "Whether the vendor's server may send events: nothing is recorded",
    description: 'The same gate as for events: company, source address, token.',
    query: senderQuery,
    required: ['empresaId'],
    answers: {
      200: {
        description: 'Events would be taken.',
        schema: v.object({ status: v.literal('ok') }),
      },
    },
    open: true,
  },
} satisfies Readonly<Record<string, Operation>>;

const noScreen =
  'inbound.screenPop makes no valid address with the values of a call, so its data was shown in a small page; put values that may be empty, such as contactId, behind the "?"';

/** The manual's two addresses, which take GET, and one to try them. */
export function createManualEventRoutes(
  gate: EventGate,
  log: Pick<EventLog, 'findByCall'>,
  logger: Logger,
): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const tellNoScreen = createTellSeldom(logger);

  async function notified(
    context: HostContext,
    form: NotificationForm,
  ): Promise<{ call: AnsweredCall; tenant: Tenant; appended: AppendedEvent }> {
    refuseUnlessGet(context);
    const reading = readManualNotification(queryOf(context.req.url), form);
    gate.refuseAtOnce(context, reading.tenantId);
    if (reading.problems) {
      const error = new NotificationError(reading.problems);
      gate.tellUnusable(reading.tenantId, error.reason);
      throw gate.refusal(context, error);
    }
    const admitted = gate.admit(context, reading.tenantId, reading.token);
    const tenant = admitted instanceof Promise ? await admitted : admitted;
    const connection = tenant.bindings.answeredCall ?? '';
    return {
      call: reading.call,
      tenant,
      appended: await gate.record(tenant, form, connection, reading.call),
    };
  }

  app.get(
    '/telephony-proxy/atendimentodiscador',
    described(operations.reportAnsweredCall),
    async (context) => {
      const { appended } = await notified(context, 'server');
      return context.json(
        { status: 'ok', eventId: appended.eventId, repeated: appended.repeated },
        200,
        privateHeaders,
      );
    },
  );

  app.use('/telephony-proxy/atendimentoreceptivo', operatorErrors(refusedCallPage));
  app.get(
    '/telephony-proxy/atendimentoreceptivo',
    described(operations.openAnsweredCall),
    async (context) => {
      const { call, tenant, appended } = await notified(context, 'browser');
      const { screenPop } = tenant.inbound;
      const screen = screenPop?.(call);
      if (screen !== undefined)
        return context.body(null, 302, { ...privateHeaders, Location: screen });
      if (screenPop) tellNoScreen({ tenant: tenant.id }, noScreen);
      const refresh = { Refresh: `0; url=${pageOf(tenant, call, appended)}` };
      return context.html(answeredCallPage(call), 200, { ...pageHeaders, ...refresh });
    },
  );

  app.use(
    '/telephony-proxy/atendimentoreceptivo/:event',
    operatorErrors(hiddenCallPage),
    refuseNul,
  );
  app.get(
    '/telephony-proxy/atendimentoreceptivo/:event',
    described(operations.getAnsweredCallPage),
    async (context) => {
      const { empresaId: tenantId = '', cid = '' } = context.req.query();
      const tenant = await gate.admitAgain(context, tenantId);
      const events = await log.findByCall(tenant, cid);
      const event = events.find(({ id }) => id === context.req.param('event'));
      if (!event?.call) throw gate.forbidden(context, tenantId, 'no such call to be shown');
      return context.html(answeredCallPage(event.call), 200, pageHeaders);
    },
  );

  app.get('/telephony-proxy/teste', described(operations.checkEventAccess), async (context) => {
    refuseUnlessGet(context);
    const { tenantId, token } = senderOf(context);
    gate.refuseAtOnce(context, tenantId);
    await gate.admit(context, tenantId, token);
    return context.json({ status: 'ok' }, 200, privateHeaders);
  });

  // Other methods, and other addresses below the manual's: an operator's window may be opened at a misspelt one.
  app.all('/telephony-proxy/*', operatorErrors(misspeltPage), (context) => {
    refuseUnlessGet(context);
    gate.tellUnusable(senderOf(context).tenantId, 'its address is not one of the manual');
    throw new RequestError(404, 'not_found', 'There is nothing at this address.', {
      hint: 'Send events to /telephony-proxy/atendimentodiscador or /telephony-proxy/atendimentoreceptivo, spelled exactly like this.',
    });
  });

  function refuseUnlessGet(context: HostContext): void {
    // Hono runs the handler of GET for HEAD too, and a HEAD must change nothing.
    if (context.req.method === 'GET') return;
    gate.tellUnusable(senderOf(context).tenantId, 'it was not told with GET');
    throw new RequestError(405, 'method_not_allowed', 'An answered call is told with GET.', {
      headers: { Allow: 'GET' },
    });
  }

  return app;
}

const misspeltPage = (refused: RefusedCall) =>
  refused.status === 404 ? refusedCallPage(refused) : undefined;

const senderOf = ({ req }: HostContext) => readSender(queryOf(req.url));

/** Relative to the address of the event, so that it works behind any path of a proxy. It holds neither the number nor the token: browsers keep addresses. */
function pageOf({ id: empresaId }: Tenant, { callId: cid }: AnsweredCall, event: AppendedEvent) {
  const query = new URLSearchParams({ empresaId, cid });
  return `atendimentoreceptivo/${event.eventId}?${query.toString()}`;
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}
