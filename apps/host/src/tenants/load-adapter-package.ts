import { pathToFileURL } from 'node:url';
import type { AdapterDefinition } from '@finaz-telephony/core';
import { issueMessage, specificationVersion } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { inTime } from '../in-time.ts';
import { installAdapter, type InstalledAdapter } from './installed-adapter.ts';
import { entryOf, isInstalled } from './package-entry.ts';
import { messageOf } from '../thrown.ts';

/** A package that waits for something while it loads would keep the whole host from starting. */
const longestLoadMs = 10_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isSchema = (value: unknown): value is AdapterDefinition['settings'] =>
  isObject(value) && value['kind'] === 'schema' && typeof value['~run'] === 'function';

/** Settings are looked up by name, so a schema of one of these kinds never fits a document. */
const takesNoObject =
  /^(?:string|number|boolean|bigint|array|(?:strict_|loose_)?tuple|date|picklist|enum|literal|null|undefined)$/;

const SettingsSchema = v.pipe(
  v.unknown(),
  v.check(
    (settings) => !isObject(settings) || settings['async'] !== true,
    '"settings" is an async schema; settings are checked without waiting for anything',
  ),
  v.custom<AdapterDefinition['settings']>(isSchema, '"settings" is not a valibot schema'),
  v.check(
    ({ type }) => !takesNoObject.test(type),
    '"settings" is not the schema of an object; write v.strictObject({ … })',
  ),
);

const isCommand = (value: unknown) =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  typeof value['description'] === 'string' &&
  typeof value['run'] === 'function';

const DefinitionSchema = v.object({
  specificationVersion: v.string(),
  id: v.pipe(
    v.string(),
    v.regex(
      /^[a-z0-9][a-z0-9-]{0,63}$/,
      '"id" does not have 1 to 64 lower-case letters, digits or "-"',
    ),
  ),
  name: v.string(),
  settings: SettingsSchema,
  create: v.custom<AdapterDefinition['create']>(
    (value) => typeof value === 'function',
    '"create" is not a function',
  ),
  commands: v.optional(
    v.custom<NonNullable<AdapterDefinition['commands']>>(
      (value) => Array.isArray(value) && value.every(isCommand),
      '"commands" is not a list of { name, description, run }',
    ),
  ),
});

/**
 * Loads an adapter package by name, from the folder where the host was started.
 *
 * @throws {StartError} when it is not installed, exports no adapter, or speaks another version of the contract.
 */
export async function loadAdapterPackage(
  packageName: string,
  folder: string,
): Promise<InstalledAdapter> {
  const place = `environment ADAPTERS: ${packageName}`;
  const exported = await defaultExportOf(packageName, folder, place);
  if (isObject(exported) && typeof exported['specificationVersion'] === 'string')
    refuseOtherVersion(exported['specificationVersion'], place);
  const definition = parseDefinition(exported);
  if (typeof definition === 'string') {
    throw new StartError(
      `${place}: its default export is not an adapter (${definition}); export default defineAdapter({ … })`,
    );
  }
  const { commands, ...options } = definition;
  return installAdapter({
    ...options,
    specificationVersion,
    ...(commands && { commands }),
  });
}

async function defaultExportOf(packageName: string, folder: string, place: string) {
  let module: unknown;
  try {
    module = await importInTime(pathToFileURL(entryOf(packageName, folder)).href);
  } catch (error) {
    const reason = messageOf(error);
    throw new StartError(
      `${place}: cannot be loaded from ${folder} (${reason.split('\n', 1)[0] ?? ''}); ${isInstalled(packageName, folder) ? 'it is installed, but broken: tell its author' : `run "npm install ${packageName}" there`}`,
    );
  }
  if (isObject(module) && module['default'] !== undefined) return module['default'];
  throw new StartError(`${place}: it has no default export; export default defineAdapter({ … })`);
}

/** The timer keeps the process alive: otherwise a package that awaits what never comes would end it silently. */
const importInTime = (address: string): Promise<unknown> =>
  inTime(
    longestLoadMs,
    import(address),
    () =>
      new Error(
        `it has not loaded within ${longestLoadMs / 1000} s; a package does nothing while it loads, and awaits nothing`,
      ),
  );

function refuseOtherVersion(spoken: string, place: string): void {
  if (spoken === specificationVersion) return;
  throw new StartError(
    `${place}: speaks version ${JSON.stringify(spoken)} of the adapter contract, this host speaks "${specificationVersion}"; ${mendOfVersion(spoken)}`,
  );
}

function mendOfVersion(spoken: string): string {
  const [theirs, ours] = [spoken, specificationVersion].map((version) =>
    Number(/^v(\d{1,4})$/.exec(version)?.[1]),
  );
  return theirs !== undefined && ours !== undefined && theirs > ours
    ? 'update this host, or install an older version of the adapter'
    : 'install a newer version of the adapter';
}

/** The definition, or what is wrong with it. */
function parseDefinition(exported: unknown): v.InferOutput<typeof DefinitionSchema> | string {
  if (isObject(exported) && isObject(exported['default']))
    return 'it is CommonJS, compiled from an ES module; publish the ES module, with "type": "module" in package.json';
  try {
    const { success, output, issues } = v.safeParse(DefinitionSchema, exported);
    if (success) return output;
    const [issue] = issues;
    const words = issueMessage(issue);
    // A message of this schema names the place itself.
    return words === issue.message ? words : `"${v.getDotPath(issue)}" ${words}`;
  } catch (error) {
    // A getter, for instance.
    return `reading it threw a ${error instanceof Error ? error.name : typeof error}`;
  }
}
