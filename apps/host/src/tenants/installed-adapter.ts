import { pathToFileURL } from 'node:url';
import {
  adapterFault,
  checkedAdapter,
  SettingsError,
  specificationVersion,
  type Adapter,
  type AdapterCommand,
  type AdapterDefinition,
  type CommandWork,
  type SettingsSchema,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { schemaIssues, type DocumentIssue } from './document-issue.ts';
import { entryOf, isInstalled } from './package-entry.ts';

export type AdapterCreation =
  | { readonly adapter: Adapter; readonly issues: readonly [] }
  | { readonly adapter?: never; readonly issues: readonly DocumentIssue[] };

/** An adapter as the host uses it: its settings type stays its own business. */
export interface InstalledAdapter {
  readonly id: string;
  readonly name: string;
  readonly schema: SettingsSchema<unknown>;
  /** Checks settings and makes an adapter of them; issues carry paths from the root of the settings. */
  readonly create: (settings: unknown) => AdapterCreation;
  readonly commands: readonly InstalledCommand[];
}

/** A command of an adapter: its settings are checked before it runs. */
export interface InstalledCommand extends Omit<AdapterCommand, 'run'> {
  /** @throws {v.ValiError} when the settings do not fit; a document that was checked before does. */
  readonly run: (work: CommandWork<unknown>) => Promise<boolean>;
}

export function installAdapter<Settings>(
  definition: AdapterDefinition<Settings>,
): InstalledAdapter {
  return {
    id: definition.id,
    name: definition.name,
    schema: definition.settings,
    commands: (definition.commands ?? []).map((command) => ({
      ...command,
      run: (work) =>
        command.run({ ...work, settings: v.parse(definition.settings, work.settings) }),
    })),
    create(settings) {
      const parsed = v.safeParse(definition.settings, settings);
      if (!parsed.success)
        return {
          issues: parsed.issues.flatMap((issue) => schemaIssues(issue, definition.settings)),
        };
      try {
        const adapter = definition.create(parsed.output);
        const fault = adapterFault(adapter);
        return fault === undefined
          ? { adapter: checkedAdapter(adapter), issues: [] }
          : defect(definition.id, fault);
      } catch (error) {
        if (SettingsError.isInstance(error)) return { issues: [...error.issues] };
        // Its message may hold a secret of the settings.
        const name = error instanceof Error ? error.name : typeof error;
        return defect(definition.id, `create() threw a ${name}, not a SettingsError`);
      }
    },
  };
}

/** One adapter's defect is told where it is used; it ends neither the host nor the check of a document. */
const defect = (id: string, fault: string): AdapterCreation => ({
  issues: [
    {
      path: [],
      message: `the adapter "${id}" has a defect: ${fault}; its conformance suite shows it, tell its author`,
    },
  ],
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function isSettingsSchema(value: unknown): value is SettingsSchema<unknown> {
  return isObject(value) && value['kind'] === 'schema' && typeof value['~run'] === 'function';
}

const DefinitionSchema = v.object({
  specificationVersion: v.string(),
  id: v.string(),
  name: v.string(),
  settings: v.custom<SettingsSchema<unknown>>(
    isSettingsSchema,
    '"settings" is not a valibot schema',
  ),
  create: v.custom<AdapterDefinition['create']>(
    (value) => typeof value === 'function',
    '"create" is not a function',
  ),
  commands: v.optional(
    v.custom<NonNullable<AdapterDefinition['commands']>>(
      Array.isArray,
      '"commands" is not a list of commands',
    ),
  ),
});

/**
 * Loads an adapter package by name, from the folder where the host was started.
 *
 * @throws {StartError} when it is not installed, exports no adapter, or speaks another version of the contract.
 */
async function loadAdapterPackage(packageName: string, folder: string): Promise<InstalledAdapter> {
  const place = `environment ADAPTERS: ${packageName}`;
  let module: unknown;
  try {
    module = await import(pathToFileURL(entryOf(packageName, folder)).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `${place}: cannot be loaded from ${folder} (${reason.split('\n', 1)[0] ?? ''}); ${isInstalled(packageName, folder) ? 'it is installed, but broken: tell its author' : `run "npm install ${packageName}" there`}`,
    );
  }
  const definition = v.safeParse(
    DefinitionSchema,
    isObject(module) ? module['default'] : undefined,
  );
  if (!definition.success) {
    throw new StartError(
      `${place}: its default export is not an adapter (${definition.issues[0].message}); export default defineAdapter({ … })`,
    );
  }
  const { specificationVersion: spoken, commands, ...options } = definition.output;
  if (spoken !== specificationVersion) {
    throw new StartError(
      `${place}: speaks version ${JSON.stringify(spoken)} of the adapter contract, this host speaks "${specificationVersion}"; install a version of the adapter that fits`,
    );
  }
  return installAdapter({ specificationVersion, ...options, ...(commands && { commands }) });
}

/** The bundled adapters and those of `packageNames`, by id. */
export async function installAdapters(
  bundled: readonly InstalledAdapter[],
  packageNames: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, InstalledAdapter>> {
  const loaded = await Promise.all(packageNames.map((name) => loadAdapterPackage(name, folder)));
  const byId = new Map<string, InstalledAdapter>();
  for (const adapter of [...bundled, ...loaded]) {
    if (byId.has(adapter.id)) {
      throw new StartError(
        `environment ADAPTERS: two adapters have the id "${adapter.id}"; remove one`,
      );
    }
    byId.set(adapter.id, adapter);
  }
  // A document may also name an adapter by its package.
  packageNames.forEach((name, index) => {
    const adapter = loaded[index];
    if (adapter && !byId.has(name)) byId.set(name, adapter);
  });
  return byId;
}
