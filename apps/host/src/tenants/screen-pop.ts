import { SettingsError, type AnsweredCall } from '@finaz-telephony/core';
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

export type CompiledScreenPop =
  | { readonly render: (call: AnsweredCall) => string; readonly issues: readonly [] }
  | { readonly render?: never; readonly issues: readonly DocumentIssue[] };

/** The address of the operator's screen, as a template over the fields of an event. */
export function compileScreenPop(source: string): CompiledScreenPop {
  if (!/^https?:\/\//i.test(source))
    return { issues: [{ path: [], message: 'must begin with https:// or http://' }] };
  try {
    const render = compileAddress(source, table);
    return { render: (call) => render({ ...call }), issues: [] };
  } catch (error) {
    if (SettingsError.isInstance(error)) return { issues: error.issues };
    throw error;
  }
}
