import { plainName } from './slot.ts';
import type { Leaf } from './reply-leaves.ts';

export interface ProposedRule {
  readonly when: string;
  readonly is: 'refused';
  readonly message?: string;
}

export interface ProposedOutcome {
  readonly rule: ProposedRule | undefined;
  /** Whether the sample reply itself reports a failure. */
  readonly isFailure: boolean;
}

const goodWords = /^(?:success|successful|sucesso|ok|true|accepted|aceito|done|queued|created|0)$/i;
const badWords = /^(?:error|erro|fail|failed|failure|falha|false|nok|denied|refused|recusado)$/i;

const goodFlag = /^(?:success|sucesso|succeeded|ok|isok|issuccess|successful|accepted|valid)$/;
const badFlag = /^(?:error|erro|haserror|iserror|failed|falha|failure|fault|err|errors|erros)$/;
const stateWord =
  /^(?:status|state|result|resultado|situacao|retorno|response|code|codigo|statuscode|resultcode|statusresult|tipo|type)$/;
const errorCode =
  /^(?:codigoerro|coderro|errorcode|errcode|errno|erro|error|code|codigo|retorno|resultcode|returncode|motivo|cod)$/;
const words =
  /^(?:message|mensagem|msg|descricao|description|detail|detalhe|reason|error(?:message|msg)?|erro(?:mensagem|msg)?|mensagemerro|descricaoerro|errordescription|statusmessage|statustext)$/;

/** Finds what in a reply says "HTTP 200, but failed", by the names and words that systems use. */
export function proposeOutcome(leaves: readonly Leaf[]): ProposedOutcome {
  const near = leaves.filter(({ path, names }) => !path.includes('[0]') && names.length <= 3);
  for (const judge of [byFlag, byWord, byNumber, byError]) {
    for (const leaf of near) {
      const found = judge(leaf, plainName(leaf.names.at(-1) ?? ''));
      if (!found) continue;
      const message = messageOf(near, leaf);
      return {
        isFailure: found.isFailure,
        rule: {
          when: found.when,
          is: 'refused',
          ...(message !== undefined && { message: `{{ ${message} }}` }),
        },
      };
    }
  }
  return { rule: undefined, isFailure: false };
}

interface Judgement {
  readonly when: string;
  readonly isFailure: boolean;
}

function byFlag({ value, path }: Leaf, name: string): Judgement | undefined {
  const isTruth = typeof value === 'boolean' || value === 'true' || value === 'false';
  if (!isTruth) return undefined;
  const isTrue = String(value) === 'true';
  if (goodFlag.test(name) || stateWord.test(name))
    return { when: `reply${path} == false`, isFailure: !isTrue };
  return badFlag.test(name) ? { when: `reply${path} == true`, isFailure: isTrue } : undefined;
}

function byWord({ value, path }: Leaf, name: string): Judgement | undefined {
  if (typeof value !== 'string' || !(stateWord.test(name) || goodFlag.test(name))) return undefined;
  if (goodWords.test(value))
    return { when: `reply${path} != ${JSON.stringify(value)}`, isFailure: false };
  return badWords.test(value)
    ? { when: `reply${path} == ${JSON.stringify(value)}`, isFailure: true }
    : undefined;
}

function byNumber({ value, path }: Leaf, name: string): Judgement | undefined {
  if (typeof value !== 'number') return undefined;
  if (/^(?:status|statuscode|code|codigo|httpstatus)$/.test(name) && value >= 100 && value < 600)
    return { when: `reply${path} >= 400`, isFailure: value >= 400 };
  if (errorCode.test(name) && value === 0) return { when: `reply${path} != 0`, isFailure: false };
  if (goodFlag.test(name) && (value === 0 || value === 1))
    return { when: `reply${path} == 0`, isFailure: value === 0 };
  return undefined;
}

function byError({ value, path }: Leaf, name: string): Judgement | undefined {
  if (!badFlag.test(name)) return undefined;
  if (value === null || value === '') return { when: `reply${path}`, isFailure: false };
  return typeof value === 'string' ? { when: `reply${path}`, isFailure: true } : undefined;
}

function messageOf(leaves: readonly Leaf[], flag: Leaf): string | undefined {
  const found = leaves
    .filter((leaf) => typeof leaf.value === 'string' || leaf.value === null)
    .filter((leaf) => leaf.path !== flag.path || badFlag.test(plainName(leaf.names.at(-1) ?? '')))
    .find(({ names }) => words.test(plainName(names.at(-1) ?? '')));
  return found && `reply${found.path}`;
}

/** Judges a reply of plain text by its first word. */
export function proposeTextOutcome(text: string): ProposedOutcome {
  const [word = ''] = /^[A-Za-z]+/.exec(text.trim()) ?? [];
  const message = '{{ text | trim }}';
  if (/^(?:success|ok|sucesso|accepted|done)$/i.test(word))
    return {
      rule: { when: `not (text matches "^\\\\s*${word}")`, is: 'refused', message },
      isFailure: false,
    };
  if (/^(?:error|erro|fail|failed|falha|invalid)$/i.test(word))
    return {
      rule: { when: `text matches "^\\\\s*${word}"`, is: 'refused', message },
      isFailure: true,
    };
  return { rule: undefined, isFailure: false };
}
