import { parseArgs } from 'node:util';
import { StartError } from '../../environment.ts';
import { didYouMean, meantName } from '../../tenants/document-issue.ts';
import { curlOptions } from './curl-options.ts';

/** An option of a curl command that determines what is sent. */
export interface GivenOption {
  /** Long name; `url` for a word that is not an option. */
  readonly name: string;
  readonly value: string;
}

export interface GivenOptions {
  readonly options: readonly GivenOption[];
  /** Options of the command that are left out, because a tenant document has no setting for them. */
  readonly warnings: readonly string[];
}

const known = Object.fromEntries(
  [...curlOptions.values()].map(({ long, short, takesValue }) => [
    long,
    {
      type: takesValue ? ('string' as const) : ('boolean' as const),
      multiple: true,
      ...(short !== undefined && { short }),
    },
  ]),
);

/**
 * Reads the words of a curl command.
 *
 * @throws {StartError} naming an option that curl does not have, that lacks its value, or that makes the command more or other than one HTTP request
 */
export function parseOptions(words: readonly string[]): GivenOptions {
  const [program, ...args] = words;
  if (program === undefined) throw new StartError('there is no command; it begins with curl');
  if (!/^(?:.*[/\\])?curl(?:\.exe)?$/i.test(program))
    throw new StartError(
      `the command begins with ${JSON.stringify(program)}, not with curl; copy it from "curl" on`,
    );
  const { tokens } = parseArgs({ args, options: known, strict: false, tokens: true });
  const options: GivenOption[] = [];
  const warnings = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') options.push({ name: 'url', value: token.value });
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = curlOptions.get(name);
    if (!option) {
      if (curlOptions.get(name.replace(/^no-/, ''))?.takesValue === false) continue;
      const meant = meantName(name, [...curlOptions.keys()]);
      throw new StartError(
        `unknown option ${rawName}${meant === undefined ? '; curl has no such option' : didYouMean(meant)}`,
      );
    }
    if (option.takesValue && value === undefined)
      throw new StartError(`${rawName} has no value after it; copy the whole command`);
    const { fate } = option;
    if (fate === 'read') options.push({ name, value: value ?? '' });
    else if (fate !== 'silent') {
      if ('refused' in fate) throw new StartError(`${rawName} ${fate.refused}`);
      warnings.add(`${rawName} is left out: ${fate.lost}`);
    }
  }
  return { options, warnings: [...warnings] };
}
