import { TelephonyError } from '../errors/telephony-error.ts';
import type { Click2Call } from '../features/click2call.ts';
import type { ContactClear } from '../features/contact-clear.ts';
import type { ContactLoad } from '../features/contact-load.ts';
import type { Transfer } from '../features/transfer.ts';
import type { Contact } from '../values/contact.ts';
import { compileExchange, type RepliedScope } from './exchange-template.ts';
import { unreadable } from './outcome-rules.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { baseValues, scopeOf, type TemplateConnection } from './template-connection.ts';

export function compileClick2Call(
  settings: NonNullable<TemplateSettings['click2call']>,
  connection: TemplateConnection,
): Click2Call {
  const exchange = compileExchange(
    settings,
    connection,
    connection.compilerFor('click2call'),
    ['click2call'],
    'click2call',
  );
  const tellsCallId = 'callId' in settings.capture;
  return async (input, context) => {
    const replied = await exchange.run(
      scopeOf(
        {
          ...baseValues(connection, context, input.parameters),
          queue: input.queue,
          extension: input.extension,
          areaCode: input.phone.areaCode,
          number: input.phone.number,
          phone: input.phone.e164,
          attemptId: input.attemptId,
        },
        context,
      ),
      context,
    );
    const { callId, ...captures } = exchange.capture(replied);
    if (tellsCallId && callId === undefined) {
      // It said yes, so a call may be ringing: whether it is, nobody can tell from this answer.
      throw withUnknownDelivery(
        unreadable(
          replied.reply,
          'click2call',
          'The telephone system accepted, but its answer holds no call id where the connection looks for it.',
        ),
      );
    }
    return { callId: callId ?? null, captures };
  };
}

function withUnknownDelivery(error: TelephonyError): TelephonyError {
  return new TelephonyError({
    code: error.code,
    message: error.message,
    delivery: 'unknown',
    ...(error.feature && { feature: error.feature }),
    ...(error.vendor && { vendor: error.vendor }),
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

export function compileTransfer(
  settings: NonNullable<TemplateSettings['transfer']>,
  connection: TemplateConnection,
): Transfer {
  const exchange = compileExchange(
    settings,
    connection,
    connection.compilerFor('transfer'),
    ['transfer'],
    'transfer',
  );
  return async (input, context) => {
    await exchange.run(
      scopeOf(
        {
          ...baseValues(connection, context, input.parameters),
          queue: input.queue,
          extension: input.extension,
          destination: input.destination,
          callId: input.callId,
          call: input.call,
          attemptId: input.attemptId,
        },
        context,
      ),
      context,
    );
    return { status: 'accepted' };
  };
}

export function compileContactClear(
  settings: NonNullable<TemplateSettings['contactClear']>,
  connection: TemplateConnection,
): ContactClear {
  const exchange = compileExchange(
    settings,
    connection,
    connection.compilerFor('contactClear'),
    ['contactClear'],
    'contactClear',
  );
  return async (input, context) => {
    const replied = await exchange.run(
      scopeOf(
        { ...baseValues(connection, context, input.parameters), queue: input.queue },
        context,
      ),
      context,
    );
    const cleared = Number(exchange.capture(replied)['cleared']);
    return Number.isInteger(cleared) ? { cleared } : {};
  };
}

export function compileContactLoad(
  settings: NonNullable<TemplateSettings['contactLoad']>,
  connection: TemplateConnection,
): ContactLoad {
  const exchange = compileExchange(
    settings,
    connection,
    connection.compilerFor('contactLoad'),
    ['contactLoad'],
    'contactLoad',
  );
  return {
    unit: 'contact',
    repeatable: settings.repeatable,
    async send(input, context) {
      for await (const contact of input.contacts) {
        const scope = scopeOf(
          {
            ...baseValues(connection, context, {
              ...input.mailing.parameters,
              ...contact.parameters,
            }),
            queue: input.mailing.queue,
            mailingId: input.mailing.mailingId,
            ...contactValues(contact),
          },
          context,
        );
        const rejected = await refusal(exchange.run(scope, context));
        if (rejected) return { rejected: [{ contactId: contact.contactId, vendor: rejected }] };
      }
      return { rejected: [] };
    },
  };
}

/** A vendor that takes one contact and refuses another is no failure of the load. */
async function refusal(running: Promise<RepliedScope>) {
  try {
    await running;
    return undefined;
  } catch (error) {
    if (TelephonyError.isInstance(error) && error.code === 'refused') return error.vendor ?? {};
    throw error;
  }
}

function contactValues(contact: Contact): Record<string, unknown> {
  const values: Record<string, unknown> = {
    contactId: contact.contactId,
    name: contact.name,
    cpf: contact.cpf,
  };
  contact.phones.forEach((phone, index) => {
    values[`areaCode${index + 1}`] = phone.areaCode;
    values[`number${index + 1}`] = phone.number;
  });
  return values;
}
