import type { DialerResults } from '../features/dialer-results.ts';
import type { Attempt } from '../values/attempt.ts';
import { parsePhone } from '../values/phone-number.ts';
import { parseInstant } from './date-format.ts';
import { compileExchange, type RepliedScope } from './exchange-template.ts';
import { unreadable } from './outcome-rules.ts';
import { replyVariables } from './variables.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { baseValues, scopeOf, type TemplateConnection } from './template-connection.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

export function compileDialerResults(
  settings: Settings,
  connection: TemplateConnection,
): DialerResults {
  const compiler = connection.compilerFor('dialerResults');
  const exchange = compileExchange(
    settings,
    connection,
    compiler,
    ['dialerResults'],
    'dialerResults',
  );
  const inReply = compiler.with(replyVariables);
  const rows = inReply.expression(settings.rows, ['dialerResults', 'rows']);
  const inRow = inReply.with({
    row: { description: 'One row of the reply', source: 'capture', members: 'any' },
  });
  const fields = Object.fromEntries(
    Object.entries(settings.fields).map(([name, source]) => [
      name,
      inRow.text(source ?? '', ['dialerResults', 'fields', name]),
    ]),
  );
  const outcomes = new Map(Object.entries(settings.outcomes));
  const outcomeOf = (vendorStatus: string) => outcomes.get(vendorStatus) ?? 'unknown';

  function toAttempt(scope: RepliedScope, row: unknown, index: number): Attempt {
    const rowScope = { ...scope, values: { ...scope.values, row } };
    const field = (name: string) => fields[name]?.render(rowScope).trim() ?? '';
    const at = parseInstant(field('at'), scope.timeZone);
    const contactId = field('contactId');
    if (!at || contactId === '') {
      const what = at ? 'no contact id' : 'a date that cannot be read';
      throw unreadable(
        scope.reply,
        'dialerResults',
        `Row ${index + 1} of the results has ${what}.`,
      );
    }
    const phone = parsePhone(field('number'), { areaCode: field('areaCode') });
    const vendorStatus = field('status');
    const duration = Number(field('duration') || Number.NaN);
    return {
      contactId,
      areaCode: phone.areaCode ?? field('areaCode'),
      number: phone.number ?? field('number'),
      at: at.toISOString(),
      outcome: outcomeOf(vendorStatus),
      vendorStatus,
      ...(field('callId') !== '' && { callId: field('callId') }),
      ...(field('extension') !== '' && { extension: field('extension') }),
      ...(duration >= 0 && Number.isFinite(duration) && { duration }),
    };
  }

  const read: DialerResults['read'] = async function* (input, context) {
    const replied = await exchange.run(
      scopeOf(
        {
          ...baseValues(connection, context, input.mailing.parameters),
          queue: input.mailing.queue,
          from: input.period.from,
          to: input.period.to,
        },
        context,
      ),
      context,
    );
    const list = rows.evaluate(replied);
    if (!Array.isArray(list)) {
      throw unreadable(
        replied.reply,
        'dialerResults',
        `The answer has no list at "${settings.rows}".`,
      );
    }
    for (const [index, row] of list.entries()) yield toAttempt(replied, row, index);
  };
  return { read, outcomeOf };
}
