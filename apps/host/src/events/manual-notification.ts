import { AnsweredCallSchema, type AnsweredCall } from '@finaz-telephony/core';
import { isNoValue, plainNumber, TenantIdSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';

/** `server`: the vendor's server asks for `atendimentodiscador`. `browser`: a window opens at `atendimentoreceptivo`. */
export type NotificationForm = 'server' | 'browser';

/** What is wrong with one parameter. `fault` lets a page say it in another language. */
export interface NotificationProblem {
  readonly parameter: string;
  readonly fault: 'missing' | 'unreadable' | 'twice' | 'unusable';
  readonly message: string;
}

export type NotificationReading =
  | {
      readonly tenantId: string;
      readonly call: AnsweredCall;
      readonly token: string | undefined;
      readonly problems?: never;
    }
  | {
      /** As written in the query; it may not be a valid id. */
      readonly tenantId: string | undefined;
      readonly problems: readonly NotificationProblem[];
    };

type Field = 'contactId' | 'number' | 'callId' | 'extension' | 'tenantId' | 'token';

/** The manual's parameters, in any letter case. The printed manual has `empresald` with a small L, an old misprint that vendors have copied. */
const fieldOfParameter: Readonly<Record<string, Field>> = {
  pid: 'contactId',
  num: 'number',
  cid: 'callId',
  ramal: 'extension',
  empresaid: 'tenantId',
  empresald: 'tenantId',
  token: 'token',
};

const fieldOf = (parameter: string): Field | undefined => {
  const name = parameter.toLowerCase();
  return Object.hasOwn(fieldOfParameter, name) ? fieldOfParameter[name] : undefined;
};

/** The parameter that messages to a sender name. */
const parameterOf: Readonly<Record<Field, string>> = {
  contactId: 'pid',
  number: 'num',
  callId: 'cid',
  extension: 'ramal',
  tenantId: 'empresaId',
  token: 'token',
};

const longestValue = 512;

/** Reads the query of the manual's two addresses (section "Evento do Discador para o Finaz"). */
export function readManualNotification(query: string, form: NotificationForm): NotificationReading {
  const values: Partial<Record<Field, string>> = {};
  const problems: NotificationProblem[] = [];
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const field = equals < 0 ? undefined : fieldOf(pair.slice(0, equals));
    if (field === undefined) continue;
    const value = decode(pair.slice(equals + 1));
    if (value === undefined) {
      problems.push({
        parameter: parameterOf[field],
        fault: 'unreadable',
        message: 'is not percent-encoded UTF-8',
      });
      continue;
    }
    const plain = field === 'number' ? numberOf(value) : value.trim();
    if (plain === '' || isNoValue(plain)) continue;
    const earlier = values[field];
    if (earlier !== undefined && earlier !== plain) {
      problems.push({
        parameter: parameterOf[field],
        fault: 'twice',
        message: 'is given twice with different values; send it once',
      });
    }
    values[field] = plain;
  }
  return checked(values, problems, form);
}

/** Reads only the company and the token, for a request that reports no call. */
export function readSender(query: string): { tenantId: string; token: string | undefined } {
  const values = new Map<Field, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const field = fieldOf(name);
    if (field !== undefined) values.set(field, value.trim());
  }
  return { tenantId: values.get('tenantId') ?? '', token: values.get('token') };
}

function decode(text: string): string | undefined {
  if (text.length > longestValue * 3) return undefined;
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/** A `+` in a query means a blank, so an unescaped plus is lost by now. */
function numberOf(value: string): string {
  const trimmed = value.trim();
  return isNoValue(trimmed) ? '' : plainNumber(trimmed);
}

/**
 * Checks whether the values make a call. Reports every bad parameter once, so that one look is enough to mend all of them.
 *
 * @param unread problems that were found while single values were read
 */
function checked(
  values: Partial<Record<Field, string>>,
  unread: readonly NotificationProblem[],
  form: NotificationForm,
): NotificationReading {
  const { tenantId, token, ...call } = values;
  const problems = new Map<string, NotificationProblem>();
  const report = (problem: NotificationProblem) => {
    if (!problems.has(problem.parameter)) problems.set(problem.parameter, problem);
  };
  for (const problem of unread) report(problem);
  const required: readonly Field[] =
    form === 'server'
      ? ['contactId', 'number', 'callId', 'extension', 'tenantId']
      : ['number', 'callId', 'extension', 'tenantId'];
  for (const field of required) {
    if (values[field] === undefined) {
      report({
        parameter: parameterOf[field],
        fault: 'missing',
        message: `is missing, ${field === 'number' ? 'has no digit in it' : 'empty'}, or a placeholder that was not filled in`,
      });
    }
  }
  const parsed = v.safeParse(AnsweredCallSchema, call);
  for (const issue of parsed.issues ?? [])
    report({
      parameter: callParameter(v.getDotPath(issue)),
      fault: 'unusable',
      message: issue.message,
    });
  const tenant = v.safeParse(TenantIdSchema, tenantId);
  if (!tenant.success) {
    report({ parameter: 'empresaId', fault: 'unusable', message: tenant.issues[0].message });
  }
  return problems.size > 0 || !parsed.success || !tenant.success
    ? { tenantId, problems: [...problems.values()] }
    : { tenantId: tenant.output, call: parsed.output, token };
}

/** @param path of an issue of {@link AnsweredCallSchema} */
function callParameter(path: string | null): string {
  return path === 'contactId' || path === 'number' || path === 'callId' || path === 'extension'
    ? parameterOf[path]
    : '';
}
