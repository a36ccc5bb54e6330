import {
  SettingsError,
  type Adapter,
  type AdapterCommand,
  type AdapterDefinition,
  type CommandWork,
  type SettingsSchema,
} from '@finaz-telephony/core';
import { adapterFault, checkedAdapter } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { DocumentIssue } from './document-issue.ts';
import { withOthers, readForm } from './read-form.ts';

export type AdapterCreation =
  | { readonly adapter: Adapter; readonly issues: readonly [] }
  | { readonly adapter?: never; readonly issues: readonly DocumentIssue[] };

/** An adapter as the host uses it: its settings type is hidden. */
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
  /** @throws {v.ValiError} if the settings do not fit; those of a checked document do. */
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
      const { faults, read } = readForm(definition.settings, settings);
      if (!read.success) return { issues: faults };
      const made = make(definition, read.output);
      return faults.length === 0 ? made : { issues: withOthers(faults, made.issues) };
    },
  };
}

function make<Settings>(
  definition: AdapterDefinition<Settings>,
  settings: Settings,
): AdapterCreation {
  try {
    const adapter = definition.create(settings);
    const fault = adapterFault(adapter);
    return fault === undefined
      ? { adapter: checkedAdapter(adapter), issues: [] }
      : defect(definition.id, fault);
  } catch (error) {
    if (SettingsError.isInstance(error)) return { issues: [...error.issues] };
    // Its message may contain a secret from the settings.
    const name = error instanceof Error ? error.name : typeof error;
    return defect(definition.id, `create() threw a ${name}, not a SettingsError`);
  }
}

/** An adapter's defect is reported where it is used; it ends neither the host nor the check of a document. */
const defect = (id: string, fault: string): AdapterCreation => ({
  issues: [
    {
      path: [],
      message: `the adapter "${id}" has a defect: ${fault}; its conformance suite shows it, tell its author`,
    },
  ],
});
