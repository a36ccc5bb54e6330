import type { ContactClear } from '../../features/contact-clear.ts';
import type { Contact } from '../../values/contact.ts';
import { itemsOf } from './phone-values.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { compileSteps } from '../exchanges/steps-template.ts';
import { scopeOf } from '../exchanges/request-scope.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { textOf } from '../language/value.ts';
import { itemVariables } from '../language/variables.ts';

export function compileContactClear(
  settings: NonNullable<TemplateSettings['contactClear']>,
  connection: TemplateConnection,
): ContactClear {
  const { each } = settings;
  const place = connection.placeOf('contactClear');
  const steps = compileSteps(settings, connection, each ? place.with(itemVariables) : place);
  return async ({ queue, parameters, previous }, context) => {
    const scope = scopeOf(connection, context, {
      parameters,
      queue,
      captures: previous?.mailing.captures ?? {},
      previous: previous && { mailingId: previous.mailing.mailingId },
    });
    if (!each) {
      const { captures } = await steps.run(scope, context);
      return clearedOf(captures['cleared']);
    }
    let cleared = 0;
    const run = async (items: readonly unknown[]) => {
      const { captures } = await steps.run(
        { ...scope, values: { ...scope.values, items } },
        context,
      );
      cleared += clearedOf(captures['cleared']).cleared ?? items.length;
    };
    for await (const items of inBatches(previous?.contacts(), each)) await run(items);
    return { cleared };
  };
}

function clearedOf(text: string | undefined): { readonly cleared?: number } {
  const cleared = Number(textOf(text) || Number.NaN);
  return Number.isInteger(cleared) ? { cleared } : {};
}

async function* inBatches(
  contacts: AsyncIterable<Contact> | undefined,
  { size, count }: { readonly size: number; readonly count: 'contacts' | 'phones' },
): AsyncGenerator<readonly unknown[]> {
  let items: unknown[] = [];
  for await (const contact of contacts ?? []) {
    for (const item of itemsOf(contact, count)) {
      items.push(item);
      if (items.length < size) continue;
      yield items;
      items = [];
    }
  }
  if (items.length > 0) yield items;
}
