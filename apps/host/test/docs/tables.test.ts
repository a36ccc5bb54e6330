import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { environmentVariables } from '../../src/environment.ts';
import { mailingCommands, mailingStates } from '../../src/mailings/mailing-state.ts';
import { jsonOf } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

const page = (name: string) =>
  readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

/** The cells of each row of the table whose first column has this title. */
function rowsOf(text: string, column: string): string[][] {
  const table = text
    .match(/^\|.*\|(?:\n\|.*\|)+$/gm)
    ?.find((rows) => rows.startsWith(`| ${column} `));
  if (table === undefined) throw new Error(`the page has no table of ${column}`);
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const named = (text: string, column: string) =>
  rowsOf(text, column).flatMap(([first = '']) =>
    [...first.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

describe('the tables of the docs', () => {
  it('list the environment variables as serve --help does', () =>
    expect(
      rowsOf(page('operating.md'), 'variable').map((cells) =>
        cells.map((cell) => cell.replaceAll('`', '')),
      ),
    ).toEqual(
      environmentVariables.map(({ name, fallback, meaning }) => [name, fallback, meaning]),
    ));

  it('list the keys of a tenant document', async () => {
    const Keys = v.object({ properties: v.record(v.string(), v.unknown()) });
    const Schema = v.object({
      properties: v.looseObject({ inbound: Keys }),
    });
    const { properties } = await jsonOf(await fetch(`${host.url}/schemas/tenant.json`), Schema);
    const { inbound, ...others } = properties;
    const shown = rowsOf(page('operating.md'), 'key of the document').flatMap(([keys = '']) =>
      [...keys.matchAll(/`(\w[\w.]*)`/g)].map(([, key = '']) => key),
    );
    const top = new Set(shown.map((key) => key.replace(/\..*/, '')));
    expect([...top].toSorted()).toEqual(['inbound', ...Object.keys(others)].toSorted());
    expect(shown.filter((key) => key.startsWith('inbound.')).toSorted()).toEqual(
      Object.keys(inbound.properties)
        .map((key) => `inbound.${key}`)
        .toSorted(),
    );
  });

  it('list the metrics', async () => {
    const metrics = await (await fetch(`${host.url}/metrics`)).text();
    const ours = [...metrics.matchAll(/^# TYPE ((?:telephony|http)_\w+)/gm)].map(
      ([, name = '']) => name,
    );
    expect(named(page('operating.md'), 'metric').toSorted()).toEqual(ours.toSorted());
  });

  it('list the error codes', async () => {
    const Problem = v.object({
      properties: v.object({ code: v.object({ enum: v.array(v.string()) }) }),
    });
    const { components } = await jsonOf(
      await fetch(`${host.url}/openapi.json`),
      v.object({ components: v.object({ schemas: v.object({ Problem }) }) }),
    );
    expect(named(page('api.md'), 'code').toSorted()).toEqual(
      components.schemas.Problem.properties.code.enum.toSorted(),
    );
  });

  it('list the states of a mailing with the commands that are possible in each', () => {
    const shown = rowsOf(page('mailings.md'), '`state`').map(([state, , commands]) => [
      state,
      commands,
    ]);
    const known = mailingStates.map((state) => [
      `\`${state}\``,
      Object.entries(mailingCommands)
        .filter(([, { from }]) => from.some((each) => each === state))
        .map(([command]) => command)
        .join(', '),
    ]);
    expect(shown).toEqual(known);
  });
});
