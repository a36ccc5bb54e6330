import { placeNames } from './place-names.ts';
import { leavesOf, longestList, type Leaf, type ReadSample } from './reply-leaves.ts';
import { plainName } from './slot.ts';
import { writtenMoment } from './value-forms.ts';
import type { DraftNotes } from './draft-notes.ts';

const rowNames = {
  id: /^(?:id|registro|attemptid|logid|idregistro|recordid)$/,
  at: /^(?:(?:data|date|dt|hora|datahora|datetime|timestamp|time|inicio|start|started|created|calldate|event|call)(?:hora|ligacao|chamada|inicio|at|date|time|discagem|call|evento|created|started)*)$/,
  status:
    /^(?:(?:status|situacao|resultado|result|outcome|disposition|disposicao|tabulacao|finalizacao|qualificacao|qualification|end|ended|hangupcause|causa|cause|motivo|termino)(?:ligacao|chamada|call|nome|name|descricao|text|code|codigo|final|reason)*)$/,
  duration:
    /^(?:duracao|duration|billsec|billedseconds|tempo(?:falado|conversa|conversacao|fala|atendimento)?|talk(?:ed|ing)?(?:time|seconds)|speakingtime|segundos|seconds|duracaosegundos|conversationtime)$/,
  callId:
    /^(?:uniqueid|linkedid|callid|idcall|idligacao|ligacaoid|idchamada|chamadaid|calluuid|uuid|guid|call)$/,
  number:
    /^(?:(?:numero|number|telefone|fone|phone|tel|celular|destino|destination|to|dst|called|dialed)(?:number|numero|discado|dialed|destino|telefone|cliente|fone)*)$/,
} as const;

/** Words that systems use for the outcome of a call. */
const outcomeWords: readonly (readonly [words: RegExp, outcome: string])[] = [
  [/nao ?atend|no ?answer|noanswer|^na$|sem resposta|nao respond/, 'no_answer'],
  [/ocupad|^busy|^ab?$/, 'busy'],
  [/caixa postal|voice ?mail|secretaria|machine|amd|answering/, 'voicemail'],
  [/invalid|inexist|unallocated|congest|wrong/, 'invalid_number'],
  [/abandon|drop/, 'abandoned'],
  [/rejeit|reject|recus/, 'rejected'],
  [/bloque|block|dnc|nao perturb/, 'blocked'],
  [/falh|fail|erro|error/, 'failed'],
  [/atendi|answer|conect|connect|sucesso|success|complete|acordo|promessa/, 'answered'],
];

export interface ProposedResults {
  readonly rows?: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Proposes how rows of a report become attempts, by the names and forms of the cells in a sample. */
export function proposeResults(sample: ReadSample, notes: DraftNotes): ProposedResults {
  const list = longestList(sample.value);
  if (!list)
    notes.warn(
      'dialerResults.rows: the sample reply has no list of attempts; give a reply that has one, or write where the list is',
    );
  const leaves = leavesOf(list?.rows[0] ?? {});
  const find = (names: RegExp, fits: (leaf: Leaf) => boolean = () => true) =>
    leaves.find((leaf) => names.test(plainName(leaf.names.at(-1) ?? '')) && fits(leaf));
  const value = (leaf: Leaf | undefined, filters = '') => leaf && `{{ row${leaf.path}${filters} }}`;
  const missing = (field: string) => {
    notes.warn(
      `dialerResults.fields.${field}: not recognised in the sample reply; write the expression that reads it`,
    );
    return '{{ row.FILL_IN }}';
  };
  const at = find(rowNames.at, (leaf) => writtenMoment(String(leaf.value)) !== undefined);
  const status = find(rowNames.status);
  const duration = find(rowNames.duration);
  const extension = find(placeNames.extension) ?? find(placeNames.caller, isShort);
  const optional = {
    id: value(find(rowNames.id)),
    contactId: value(find(placeNames.contactId)),
    areaCode: value(find(placeNames.areaCode)),
    callId: value(find(rowNames.callId)),
    extension: value(extension),
    duration: value(duration, typeof duration?.value === 'string' ? ' | seconds' : ''),
  };
  return {
    ...(list && list.path !== 'reply' && { rows: list.path }),
    fields: {
      ...Object.fromEntries(Object.entries(optional).filter(([, one]) => one !== undefined)),
      number: value(find(rowNames.number)) ?? missing('number'),
      at: value(at, momentFilter(at)) ?? missing('at'),
      status: value(status) ?? missing('status'),
    },
    outcomes: proposeOutcomes(list?.rows ?? [], status, notes),
  };
}

const isShort = (leaf: Leaf) => /^\d{2,6}$/.test(String(leaf.value));

function momentFilter(leaf: Leaf | undefined): string {
  const written = writtenMoment(String(leaf?.value));
  if (!written || /^(?:iso|yyyy-MM-dd)/.test(written.format)) return '';
  return ` | parseDate: "${written.format}"`;
}

function proposeOutcomes(
  rows: readonly unknown[],
  status: Leaf | undefined,
  notes: DraftNotes,
): Record<string, string> {
  if (!status) return {};
  const found = rows.flatMap((row) => leavesOf(row).filter(({ path }) => path === status.path));
  const distinct = [...new Set(found.map(({ value }) => String(value)))];
  const outcomes: Record<string, string> = {};
  for (const word of distinct) {
    const plain = word
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .toLowerCase();
    const outcome = outcomeWords.find(([words]) => words.test(plain))?.[1];
    if (outcome === undefined)
      notes.warn(
        `dialerResults.outcomes: the meaning of ${JSON.stringify(word)} is not known, so it counts as unknown; map it to an outcome`,
      );
    else outcomes[word] = outcome;
  }
  return outcomes;
}
