import { parseExpression, pathsOf, type PathExpression } from '../language/expression.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { pathsInText } from '../language/text-template.ts';

type Settings = NonNullable<TemplateSettings['dialerResults']>;

/** The names of the members that lead to a list in JSON. */
export type ListPath = readonly string[];

/**
 * Whether a report can be judged without its rows, and each row read without the other rows and the rest of the answer, which may come later. Otherwise the
 * report is read as a whole.
 *
 * @param path of the rows
 */
export function areRowsApart(
  { outcome, fields, skip = 'false' }: Settings,
  path: ListPath,
): boolean {
  const inRules = outcome.flatMap(({ when, message = '' }) => [
    ...pathsOf(parseExpression(when)),
    ...pathsInText(message),
  ]);
  const inRows = [
    ...Object.values(fields).flatMap((field = '') => pathsInText(field)),
    ...pathsOf(parseExpression(skip)),
  ];
  return (
    !inRules.some((asked) => asksForList(asked, path)) &&
    !inRows.some(({ root }) => root === 'reply' || root === 'text')
  );
}

/** The list, one of its rows or their number, or something that contains the list. */
function asksForList({ root, steps }: PathExpression, path: ListPath): boolean {
  if (root !== 'reply') return root === 'text';
  if (path.some((name, index) => index < steps.length && steps[index] !== name)) return false;
  const next = steps[path.length];
  // On a list, any other name is nothing.
  return next === undefined || /^(-?\d+|length)$/.test(String(next));
}
