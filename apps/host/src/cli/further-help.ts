import { environmentVariables } from '../environment.ts';

const columns = (rows: readonly (readonly [left: string, right: string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n');
};

export const exitCodesHelp = `
EXIT CODES

${columns([
  ['0', 'done'],
  [
    '1',
    'done, and something is wrong with what was looked at, or refused by the host that was asked',
  ],
  ['2', 'not done: the command line, the environment or a file cannot be used'],
])}
`;

export const environmentHelp = `
ENVIRONMENT

${columns(environmentVariables.map(({ name, fallback, meaning }) => [name, `${meaning} (Default: ${fallback})`]))}
`;
