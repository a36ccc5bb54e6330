import * as v from 'valibot';
import { parseJson } from '../parse-json.ts';
import { recordingAnswer, type Recordings } from './recording-answer.ts';
import { failure, json, type Route } from './route.ts';
import { fateOf, type Telephony } from './telephony.ts';

const CallRequestSchema = v.object({
  extension: v.string(),
  number: v.string(),
  queue: v.string(),
});
const DestinationSchema = v.object({ destination: v.string() });

/** Routes of single calls. */
export function callRoutes(telephony: Telephony, recordings: Recordings): readonly Route[] {
  return [
    { name: 'check', method: 'GET', pattern: /^\/ping$/, handle: () => json(200, { ok: true }) },
    {
      name: 'click2call',
      method: 'POST',
      pattern: /^\/calls$/,
      handle({ text }) {
        const wanted = v.safeParse(CallRequestSchema, parseJson(text));
        if (!wanted.success) return failure(422, 'campos obrigatorios: extension, number, queue');
        const { extension, number, queue } = wanted.output;
        if (!telephony.operators.has(extension)) return failure(404, 'ramal nao registrado');
        if (telephony.liveCallOf(extension)) return failure(409, 'operador em ligacao');
        const call = telephony.place(extension, number, queue);
        return json(201, { ok: true, id: call.id, status: 'ringing' });
      },
    },
    {
      name: 'hangup',
      method: 'DELETE',
      pattern: /^\/calls\/([^/]+)$/,
      handle({ parts: [id = ''] }) {
        const call = telephony.calls.get(id);
        if (!call) return failure(404, 'ligacao nao encontrada');
        call.hungUp = true;
        return { status: 204, body: '' };
      },
    },
    {
      name: 'transfer',
      method: 'POST',
      pattern: /^\/extensions\/([^/]+)\/transfer$/,
      handle({ text, parts: [extension = ''] }) {
        const wanted = v.safeParse(DestinationSchema, parseJson(text));
        if (!wanted.success) return failure(422, 'campo obrigatorio: destination');
        const call = telephony.liveCallOf(extension);
        if (!call) return failure(409, 'ramal sem ligacao em curso');
        if (fateOf(wanted.output.destination) === 'invalid')
          return failure(422, 'destino invalido');
        call.transferredTo = wanted.output.destination;
        return json(200, { ok: true, status: 'transferred' });
      },
    },
    {
      name: 'recording',
      method: 'GET',
      pattern: /^\/calls\/([^/]+)\/recording$/,
      handle({ received, parts: [id = ''] }) {
        const call = telephony.calls.get(id);
        if (!call) return failure(404, 'ligacao nao encontrada');
        if (call.end !== 'answered') return failure(404, 'ligacao sem gravacao');
        return recordingAnswer(recordings, received.headers.range);
      },
    },
  ];
}
