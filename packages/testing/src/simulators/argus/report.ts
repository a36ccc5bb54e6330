import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { zonedTime } from '../local-time.ts';
import { jsonReply } from '../replies.ts';
import type { Reply, Route } from '../simulator.ts';

const noDate = '1899-12-30T00:00:00-03:06';
const dayMs = 86_400_000;
const longestPeriodDays = 7;

/** A call of the dialer. */
export interface ArgusCall {
  readonly id: number;
  readonly at: number;
  readonly number: string;
  readonly result: string;
  readonly operator: string | undefined;
  readonly durationMs: number;
  /** Whether its row has no date. */
  readonly isUndated?: boolean;
}

export interface ReportOptions {
  readonly pageSize: number;
  /** Whether the cursor stands still, so that the report never ends. */
  readonly repeatsCursor: boolean;
  readonly timeZone: string;
}

const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/),
  v.transform((text) => Date.parse(text)),
);
/** Unused keys must be omitted: neither null nor an empty text is accepted. */
const BodySchema = v.strictObject({
  idCampanha: v.pipe(v.number(), v.integer()),
  periodoInicial: v.optional(instant),
  periodoFinal: v.optional(instant),
  ultimosMinutos: v.optional(v.number()),
  ultimoId: v.optional(v.number(), 0),
  idLote: v.optional(v.number()),
  idGrupoUsuario: v.optional(v.number()),
  idUsuario: v.optional(v.number()),
  idStatusLigacao: v.optional(v.number()),
  idTabulacao: v.optional(v.number()),
});

/** `POST report/ligacoesdetalhadas`: pages by the last id, failures with 200. */
export function detailedCallsRoute(
  calls: readonly ArgusCall[],
  now: () => number,
  options: ReportOptions,
): Route {
  return {
    method: 'POST',
    pattern: /^\/apiargus\/report\/ligacoesdetalhadas$/,
    handle({ text }) {
      const wanted = v.safeParse(BodySchema, parseJson(text));
      if (!wanted.success)
        return refusal(-2, `Parâmetro inválido: ${v.getDotPath(wanted.issues[0]) ?? 'corpo'}`);
      const { ultimosMinutos, ultimoId } = wanted.output;
      const to = wanted.output.periodoFinal ?? now();
      const from = wanted.output.periodoInicial ?? to - (ultimosMinutos ?? 0) * 60_000;
      if (to - from > longestPeriodDays * dayMs)
        return refusal(-3, 'O período máximo para consulta é de 7 dias');
      const all = calls.filter(({ at, id }) => at >= from && at <= to && id > ultimoId);
      const page = all.slice(0, options.pageSize);
      const isLast = all.length <= options.pageSize && !options.repeatsCursor;
      return jsonReply(200, {
        codStatus: 1,
        descStatus: 'Sucesso',
        qtdeRegistros: page.length,
        idProxPagina: isLast ? 0 : options.repeatsCursor ? 4711 : page.at(-1)?.id,
        endOfTable: isLast,
        ligacoesDetalhadas: page.map((call) => rowOf(call, options.timeZone)),
      });
    },
  };
}

function rowOf(call: ArgusCall, timeZone: string) {
  const isAnswered = call.operator !== undefined;
  return {
    idLigacao: call.id,
    idCampanha: 1,
    // Argus writes a missing date as the first day of an old calendar.
    dataHoraLigacao: call.isUndated ? noDate : zonedTime(call.at, timeZone),
    dataHoraAtendimento: isAnswered ? zonedTime(call.at + 5000, timeZone) : noDate,
    telefone: call.number,
    resultadoLigacao: call.result,
    usuarioOperador: call.operator ?? 'DISCADOR',
    tempoLigacao: call.durationMs,
  };
}

/** A business failure, with 200. */
export function refusal(codStatus: number, descStatus: string): Reply {
  return jsonReply(200, { codStatus, descStatus });
}
