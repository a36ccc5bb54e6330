import { SettingsError, TelephonyError, type AnsweredCall } from '@finaz-telephony/core';
import { compileAddress, type VariableTable } from '@finaz-telephony/core/host';
import type { DocumentIssue } from './document-issue.ts';

const table: VariableTable = {
  number: { description: 'Number of the call', source: 'input' },
  contactId: {
    description: "The CRM's id of the contact; empty where the event brings none",
    source: 'input',
  },
  callId: { description: "The vendor's id of the call", source: 'input' },
  extension: { description: "The operator's phone", source: 'input' },
};

/** `undefined` if the values of the call make no address, for instance because a part of its path would be empty. */
export type ScreenPop = (call: AnsweredCall) => string | undefined;

export type CompiledScreenPop =
  | { readonly render: ScreenPop; readonly issues: readonly [] }
  | { readonly render?: never; readonly issues: readonly DocumentIssue[] };

/** The address of the operator's screen, as a template over the fields of an event. */
export function compileScreenPop(source: string): CompiledScreenPop {
  if (!/^https?:\/\//i.test(source))
    return { issues: [{ path: [], message: 'must begin with https:// or http://' }] };
  try {
    const render = compileAddress(source, table);
    return { render: (call) => addressOf(() => render({ ...call })), issues: [] };
  } catch (error) {
    if (SettingsError.isInstance(error)) return { issues: error.issues };
    throw error;
  }
}

/** In the form that a header may have: accents are escaped, and the line break at the end of a YAML block is dropped. */
function addressOf(write: () => string): string | undefined {
  try {
    return URL.parse(write())?.href;
  } catch (error) {
    if (TelephonyError.isInstance(error)) return undefined;
    throw error;
  }
}
