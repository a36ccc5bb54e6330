import * as v from 'valibot';
import { ask, mayNotControl, shapeOf, unknownExtension, type PbxWork } from './pbx.ts';

const text = v.nullish(v.string(), '');
/** An id of 3CX, which may be a number or a text, as text. 0 means none. */
export const IdSchema = v.pipe(
  v.nullish(v.union([v.number(), v.string()])),
  v.transform((id) => {
    const written = String(id ?? '');
    return written === '' || written === '0' ? undefined : written;
  }),
);

/** A leg of a call, as its own extension sees it. */
export const ParticipantSchema = v.object({
  id: IdSchema,
  callid: IdSchema,
  /** `Dialing`, `Ringing`, `Connected`; other words are not documented. */
  status: text,
  party_caller_id: text,
});
export type Participant = v.InferOutput<typeof ParticipantSchema>;

/** The current legs of an extension. */
export async function participantsOf(
  work: PbxWork,
  extension: string,
): Promise<readonly Participant[]> {
  const answer = await ask(
    work,
    'GET',
    `/callcontrol/${encodeURIComponent(extension)}/participants`,
    { meanings: { 403: mayNotControl, 404: unknownExtension } },
  );
  return shapeOf(v.array(ParticipantSchema), answer, work.feature);
}
