import { featureNames } from '../../src/host.ts';
import { filters } from '../../src/template/language/filters.ts';
import { outcomeClasses } from '../../src/template/exchanges/exchange-settings.ts';
import {
  featureVariables,
  replyVariables,
  type Variable,
} from '../../src/template/language/variables.ts';

type Row = readonly string[];

/** How the page writes a variable: `queue`; `tenant.NAME` if names follow; `phone1` … `phone5` as one. */
function written(name: string, { members }: Variable): string {
  if (members !== undefined) return `\`${name}.NAME\``;
  return name.endsWith('1') ? `\`${name}\` … \`${name.slice(0, -1)}5\`` : `\`${name}\``;
}

/** What `docs/template.md` says of each variable: how it is written, where it may be used, what it is. */
export function variableRows(): Row[] {
  const rows = new Map<string, { variable: Variable; places: string[] }>();
  for (const feature of featureNames) {
    for (const [name, variable] of Object.entries(featureVariables[feature])) {
      const row = rows.get(name) ?? { variable, places: [] };
      row.places.push(feature);
      rows.set(name, row);
    }
  }
  return [...rows]
    .filter(([name]) => !/[2-5]$/.test(name))
    .map(([name, { variable, places }]) => [
      written(name, variable),
      places.length === featureNames.length ? 'everywhere' : places.join(', '),
      variable.description.replace(/ 1$/, ' 1 … 5'),
    ]);
}

export function replyVariableRows(): Row[] {
  return Object.entries(replyVariables).map(([name, variable]) => [
    name === 'reply' ? '`reply`, `reply.NAME`' : written(name, variable),
    variable.description,
  ]);
}

/** How each filter is written, with as many values as it takes, and what it gives. */
export function filterRows(): Row[] {
  return Object.entries(filters).map(([name, { arity, description }]) => {
    const [fewest, most] = arity;
    const values =
      fewest === most ? String(most) : `${fewest} ${most - fewest > 1 ? 'to' : 'or'} ${most}`;
    return [`\`${name}\``, values, description];
  });
}

export const outcomeClassNames: readonly string[] = outcomeClasses;

/** The body of the table below a heading of a page, cell by cell. */
export function tableBelow(page: string, heading: string): Row[] {
  const section = page.split(`\n${heading}\n`)[1]?.split(/\n#+ /)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
