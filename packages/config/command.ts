import { relative } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import * as v from 'valibot';

/** A value of the command line: a whole number. */
export const wholeNumber = (least = 1) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, `must be a whole number from ${least}`),
    v.transform(Number),
    v.minValue(least, `must be a whole number from ${least}`),
  );

/** A value of the command line: some of these words, with commas between them. */
export const wordsOf = <Word extends string>(words: readonly Word[]) =>
  v.pipe(
    v.string(),
    v.transform((given) => given.split(',')),
    v.array(v.picklist(words, `must be of ${words.join(', ')}`)),
  );

export interface Command<Options extends v.ObjectEntries, Word extends string> {
  /** What it does, for `--help`. */
  readonly about: string;
  /** Each with `v.description`; its values are texts. */
  readonly options: Options;
  /** What may stand on the command line without a name. */
  readonly words?: readonly Word[];
}

export interface GivenCommand<Options extends v.ObjectEntries, Word extends string> {
  readonly options: v.InferOutput<v.StrictObjectSchema<Options, undefined>>;
  readonly words: readonly Word[];
}

/** Reads the command line of a check or bench. `--help` and mistakes end the process, with exit code 0 and 2. */
export function readCommand<Options extends v.ObjectEntries, Word extends string = never>(
  command: Command<Options, Word>,
): GivenCommand<Options, Word> {
  const { options, words = [] } = command;
  const { given, positionals } = readArguments(Object.keys(options));
  if ('help' in given) {
    console.log(helpOf(command));
    process.exit(0);
  }
  const known: readonly string[] = words;
  const strange = positionals.find((word) => !known.includes(word));
  if (strange !== undefined)
    refuse(
      words.length === 0
        ? `"${strange}" is no option`
        : `"${strange}" is none of ${words.join(', ')}`,
    );
  const read = v.safeParse(v.strictObject(options), given);
  if (!read.success) {
    const [{ path, input, message }] = read.issues;
    refuse(`--${String(path?.[0]?.key)} ${message}, and not ${JSON.stringify(input)}`);
  }
  return { options: read.output, words: words.filter((word) => positionals.includes(word)) };
}

function readArguments(names: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
        help: { type: 'boolean', short: 'h' },
      },
    });
    return { given: { ...values }, positionals };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node's first sentence says what is wrong, the next ones what else could have been meant.
    return refuse(error.message.split('. ')[0] ?? '');
  }
}

function refuse(mistake: string): never {
  console.error(`${mistake}; --help shows what there is`);
  process.exit(2);
}

function helpOf({ about, options, words = [] }: Command<v.ObjectEntries, string>): string {
  const script = relative(process.cwd(), process.argv[1] ?? '');
  const lines = Object.entries(options).map(([name, schema]) => {
    const byDefault =
      'default' in schema && typeof schema.default === 'string' ? ` (${schema.default})` : '';
    return `  --${name.padEnd(20)} ${v.getDescription(schema) ?? ''}${byDefault}`;
  });
  const names = words.length === 0 ? '' : ` [${words.join('] [')}]`;
  return [about, '', `node ${script}${names} [options]`, '', ...lines].join('\n');
}
