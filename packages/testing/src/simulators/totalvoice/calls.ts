import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import { makeWav } from '../../vendor-server/wav.ts';
import type { Reply, Route, SimulatorRequest } from '../simulator.ts';
import { failure, success } from './envelope.ts';
import { recordOf } from './report.ts';
import type { TotalVoiceRecord, TotalVoiceState } from './state.ts';

const e164 = v.pipe(v.string(), v.regex(/^\+\d{12,13}$/));
const CallSchema = v.object({
  numero_origem: v.string(),
  numero_destino: e164,
  gravar_audio: v.optional(v.boolean(), false),
  tags: v.optional(v.string(), ''),
});
const TransferSchema = v.object({
  numero: v.pipe(v.string(), v.regex(/^(?:\+\d{12,13}|\d{2,6})$/)),
  perna: v.picklist(['origem', 'destino']),
});
const ComposedSchema = v.object({
  numero_destino: e164,
  dados: v.pipe(
    v.array(v.object({ acao: v.string(), acao_dados: v.looseObject({}) })),
    v.minLength(1),
  ),
  tags: v.optional(v.string(), ''),
});

/** `/chamada` and `/composto`. Numbers are E.164 with `+`, or an extension. */
export function callRoutes(state: TotalVoiceState, timeZone: string): readonly Route[] {
  const ofCall =
    (handle: (record: TotalVoiceRecord, request: SimulatorRequest) => Reply) =>
    (request: SimulatorRequest) => {
      const record = state.find('chamada', request.parts[0] ?? '');
      return record ? handle(record, request) : failure(404, 60, 'Registro não encontrado');
    };
  return [
    {
      method: 'POST',
      pattern: /^\/chamada$/,
      handle({ text }) {
        const wanted = v.safeParse(CallSchema, parseJson(text));
        if (!wanted.success) return failure(405, 11, 'Parâmetro inválido: numero_destino');
        const { numero_origem: extension, numero_destino: number, tags } = wanted.output;
        if (!state.telephony.operators.has(extension))
          return failure(405, 11, 'Ramal não registrado');
        return success('chamada criada com sucesso', {
          id: state.add('chamada', { extension, number, tags }).id,
        });
      },
    },
    {
      method: 'POST',
      pattern: /^\/composto$/,
      handle({ text }) {
        const wanted = v.safeParse(ComposedSchema, parseJson(text));
        if (!wanted.success) return failure(405, 11, 'Parâmetro inválido: numero_destino');
        const { numero_destino: number, tags } = wanted.output;
        return success('composto criado com sucesso', {
          id: state.add('composto', { extension: '', number, tags }).id,
        });
      },
    },
    {
      // The answer of a transfer has no `dados`.
      method: 'POST',
      pattern: /^\/chamada\/(\d+)\/transfer$/,
      handle: ofCall(({ call, isOver }, { text }) => {
        const wanted = v.safeParse(TransferSchema, parseJson(text));
        if (!wanted.success) return failure(405, 11, 'Parâmetro inválido: numero');
        if (isOver || call.transferredTo !== undefined)
          return failure(400, 80, 'A chamada não está ativa', 200);
        call.transferredTo = wanted.output.numero;
        return success('chamada transferida com sucesso');
      }),
    },
    {
      // Audio, or the envelope with 200 and motivo 70.
      method: 'GET',
      pattern: /^\/chamada\/(\d+)\/gravacao$/,
      handle: ofCall(({ call, isOver }) =>
        isOver && call.end === 'answered'
          ? { headers: { 'Content-Type': 'audio/mpeg' }, body: makeMp3(4000) }
          : failure(404, 70, 'Nenhuma gravação encontrada', 200),
      ),
    },
    {
      method: 'GET',
      pattern: /^\/chamada\/(\d+)$/,
      handle: ofCall((record, { headers }) =>
        success(
          'dados retornados com sucesso',
          recordOf(record, timeZone, `http://${headers.host ?? ''}`),
        ),
      ),
    },
    {
      method: 'DELETE',
      pattern: /^\/chamada\/(\d+)$/,
      handle: ofCall((record) => {
        record.isOver = true;
        return success('chamada encerrada com sucesso');
      }),
    },
    {
      method: 'GET',
      pattern: /^\/storage\/(\d+)\.wav$/,
      handle: () => ({ headers: { 'Content-Type': 'audio/wav' }, body: makeWav(8044) }),
    },
  ];
}

/** Frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz, of silence: enough to be recognised by their content. */
function makeMp3(bytes: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / frame.length) }, () => frame));
}
