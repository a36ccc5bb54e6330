import { compileExpression } from '../../src/template/language/compile-expression.ts';
import { Reply } from '../../src/template/replies/reply.ts';
import { featureVariables, replyVariables } from '../../src/template/language/variables.ts';

const table = { ...featureVariables.click2call, ...replyVariables };

/** The value of an expression in a click2call: in its request, or over its answer where `reply` is given. */
export function evaluate(
  source: string,
  reply?: unknown,
  values: Readonly<Record<string, unknown>> = {},
): unknown {
  const variables = Object.keys(values['variables'] ?? {});
  return compileExpression(source, { table, variables }).evaluate({
    values,
    timeZone: 'America/Sao_Paulo',
    ...(reply !== undefined && {
      reply: new Reply(
        { status: 200, headers: new Headers({ 'X-State': 'idle' }) },
        JSON.stringify(reply),
      ),
    }),
  });
}
