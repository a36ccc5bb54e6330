import { buffer } from 'node:stream/consumers';
import process from 'node:process';
import { decodeWhole } from '@finaz-telephony/core/host';
import { defineCommand } from 'citty';
import { writeDraft } from '../authoring/draft-files.ts';
import { readDraftFolder } from '../authoring/earlier-draft.ts';
import { draftedFeatures, isDraftedFeature } from '../authoring/draft/guess-feature.ts';
import { importCurl, type Imported } from '../authoring/import-curl.ts';
import { readEnvironment, StartError } from '../environment.ts';
import { readNamedFile, readNamedText } from '../named-file.ts';
import { adaptersHere, guarded, print, say } from './command-line.ts';

const curl = defineCommand({
  meta: {
    name: 'curl',
    description:
      'Make a draft of a connection from a curl command, as browsers, other tools and manuals write it: from a file, standard input, or after "--"',
  },
  args: {
    file: {
      type: 'positional',
      required: false,
      description: 'file with the command; without it, standard input',
      valueHint: 'FILE',
    },
    tenant: { type: 'string', required: true, description: 'id of the company', valueHint: 'ID' },
    connection: {
      type: 'string',
      default: 'dialer',
      description: 'name of the connection',
      valueHint: 'NAME',
    },
    feature: {
      type: 'string',
      description: `what the command does: ${draftedFeatures.join(', ')}; guessed from its address if left out`,
    },
    reply: {
      type: 'string',
      description:
        'file with a reply to the command; "curl -i" prints one with its status and headers',
      valueHint: 'FILE',
    },
    csv: {
      type: 'string',
      description: 'file with a sample of the contact file that a load sends',
      valueHint: 'FILE',
    },
    out: {
      type: 'string',
      description:
        'folder for document, secrets (mode 600), samples and test; a further command into the same folder adds a feature to the connection; without this option, the document is printed',
      valueHint: 'DIR',
    },
  },
  run: guarded(async ({ args, rawArgs }: { args: Given; rawArgs: string[] }) => {
    const adapters = await adaptersHere(readEnvironment(process.env));
    const { feature } = args;
    if (feature !== undefined && !isDraftedFeature(feature))
      throw new StartError(
        `--feature ${feature}: unknown feature; known: ${draftedFeatures.join(', ')}`,
      );
    const folder =
      args.out === undefined ? undefined : await readDraftFolder(args.out, args.tenant);
    const imported = await importCurl(await givenCommand(args.file, rawArgs), {
      adapters,
      readFile: readNamedFile,
      tenant: args.tenant,
      connection: args.connection,
      feature,
      reply: args.reply === undefined ? undefined : await readNamedText(args.reply),
      contacts: args.csv === undefined ? undefined : await readNamedFile(args.csv),
      folder,
    });
    if (feature === undefined) say(`taken for ${imported.feature}; use --feature to change that`);
    if (args.out === undefined) print(imported.yaml.trimEnd());
    else for (const file of await writeDraft(args.out, imported, folder)) print(file);
    report(imported, args.out !== undefined);
  }),
});

interface Given {
  file?: string | undefined;
  tenant: string;
  connection: string;
  feature?: string | undefined;
  reply?: string | undefined;
  csv?: string | undefined;
  out?: string | undefined;
}

/** The curl command: the words after "--", which the shell has already split, or the text of a file or of stdin. */
async function givenCommand(
  file: string | undefined,
  rawArgs: readonly string[],
): Promise<string | readonly string[]> {
  const dashes = rawArgs.indexOf('--');
  if (dashes >= 0) return rawArgs.slice(dashes + 1);
  if (file !== undefined && file !== '-') return readNamedText(file);
  if (process.stdin.isTTY)
    throw new StartError(
      'name a file with the curl command, send it to standard input, or write it after "--"',
    );
  return decodeWhole(await buffer(process.stdin));
}

/** Prints on stderr what the command has become and what is left to do. Never prints the value of a secret. */
function report({ notes, document }: Imported, isWritten: boolean): void {
  for (const { place, template } of notes.recognised) say(`${place}: ${template}`);
  for (const { name, place, value } of notes.newSecrets) {
    const isKept = isWritten && value !== undefined && value !== '';
    const mend = isKept
      ? 'its value is in secrets.yaml'
      : `set it with "finaz-telephony secrets set ${document.id} ${name}"`;
    say(`${place}: secret ${name}; ${mend}`);
  }
  for (const warning of notes.warnings) say(`warning: ${warning}`);
}

export const importCommand = defineCommand({
  meta: { name: 'import', description: 'Make a draft of a connection from what a vendor shows' },
  subCommands: { curl },
});
