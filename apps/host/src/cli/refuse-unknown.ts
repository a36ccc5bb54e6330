import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { suggestion } from '../tenants/document-issue.ts';

const GivenSchema = v.looseObject({
  rawArgs: v.array(v.string()),
  args: v.looseObject({ _: v.array(v.string()) }),
  cmd: v.looseObject({
    args: v.optional(
      v.record(
        v.string(),
        v.looseObject({ type: v.string(), valueHint: v.optional(v.string(), '') }),
      ),
      {},
    ),
  }),
});

/**
 * Refuses unknown options and extra words. citty accepts them, so a misspelled flag would silently count as absent.
 *
 * @param given what citty passes to `run` of a command
 * @throws {StartError} naming the option and the known one it resembles, or the last word that the command takes
 */
export function refuseUnknown(given: unknown): void {
  const { rawArgs, args, cmd } = v.parse(GivenSchema, given);
  const entries = Object.entries(cmd.args);
  const options = entries.filter(([, { type }]) => type !== 'positional').map(([name]) => name);
  const known = new Set(['_', ...Object.keys(cmd.args), ...options.map(inCamelCase)]);
  const unknown = Object.keys(args).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const written = `${unknown.length === 1 ? '-' : '--'}${unknown}`;
    const named = options.map((name) => `--${name}`);
    throw new StartError(
      `unknown option ${written}${named.length === 0 ? '; this command has none' : suggestion(written, named)}`,
    );
  }
  const positionals = entries.filter(([, { type }]) => type === 'positional');
  const takesMore = positionals.some(([, { valueHint }]) => valueHint.endsWith('…'));
  const extra = takesMore || rawArgs.includes('--') ? undefined : args._[positionals.length];
  if (extra === undefined) return;
  // The extra word is not repeated, because people write the value of a secret after its name.
  const last = args._[positionals.length - 1];
  throw new StartError(
    `this command takes ${last === undefined ? 'no words' : `nothing after "${last}"`}`,
  );
}

const inCamelCase = (name: string): string =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
