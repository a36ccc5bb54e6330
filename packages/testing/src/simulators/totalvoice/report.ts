import { zonedTime } from '../local-time.ts';
import type { Route } from '../simulator.ts';
import { failure, success } from './envelope.ts';
import { statuses, type TotalVoiceRecord, type TotalVoiceState } from './state.ts';

const mostRows = 200;

/** `/chamada/relatorio` and `/composto/relatorio`: an offset, no total; calls in progress are among the rows. */
export function reportRoute(state: TotalVoiceState, timeZone: string): Route {
  return {
    method: 'GET',
    pattern: /^\/(chamada|composto)\/relatorio$/,
    handle({ query, parts: [kind] }) {
      const from = Date.parse(query.get('data_inicio') ?? '');
      const to = Date.parse(query.get('data_fim') ?? '');
      if (Number.isNaN(from) || Number.isNaN(to))
        return failure(405, 10, 'Campo obrigatório: data_inicio');
      const limit = Number(query.get('limite') ?? '100');
      if (limit > mostRows) return failure(405, 11, 'O limite máximo é de 200');
      const at = Number(query.get('posicao') ?? '0');
      const rows = state.records.filter(
        (record) =>
          record.kind === kind && record.call.startedAt >= from && record.call.startedAt <= to,
      );
      return success('relatório gerado com sucesso', {
        relatorio: rows.slice(at, at + limit).map((record) => recordOf(record, timeZone, '')),
      });
    },
  };
}

/** A call's report is nested by leg, a composed message's is flat. */
export function recordOf(record: TotalVoiceRecord, timeZone: string, url: string) {
  const { id, call, number, tags, extension, isOver } = record;
  const begun = zonedTime(call.startedAt, timeZone);
  const spoken = call.end === 'answered' && isOver ? 42 : 0;
  const status = isOver
    ? statuses[call.end]
    : record.kind === 'chamada'
      ? 'chamando'
      : 'preparando';
  const recording = call.end === 'answered' ? `${url}/storage/${id}.wav` : null;
  if (record.kind === 'composto')
    return {
      id,
      numero_destino: number,
      data_criacao: begun,
      data_inicio: begun,
      tipo: 'movel',
      status,
      duracao_falada_segundos: spoken,
      tags,
      url_gravacao: recording,
    };
  return {
    id,
    data_criacao: begun,
    ativa: !isOver,
    url_gravacao: recording,
    tags,
    status_geral: isOver ? 'finalizada' : 'curso',
    origem: {
      data_inicio: begun,
      numero: extension,
      tipo: 'ramal',
      status: 'atendida',
      duracao_falada_segundos: spoken,
      motivo_desconexao: '16. normal',
    },
    destino: {
      data_inicio: begun,
      numero: number,
      tipo: 'movel',
      status,
      duracao_falada_segundos: spoken,
      motivo_desconexao: '16. normal',
    },
  };
}
