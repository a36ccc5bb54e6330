import * as v from 'valibot';
import { ContactIdSchema, ParametersSchema, type Parameters } from './identifiers.ts';

const ContactPhoneSchema = v.object({
  areaCode: v.pipe(v.string(), v.maxLength(8), v.description('Two digits; the manual: DDD.')),
  number: v.pipe(v.string(), v.maxLength(32), v.description('The number without the area code.')),
});
/** One number of a contact, as it was loaded: unchecked, in any format. See `parsePhone`. */
export type ContactPhone = Readonly<v.InferOutput<typeof ContactPhoneSchema>>;

/** A debtor to be called, with up to five numbers (manual: Envio automático de Contatos ao Discador). */
export const ContactSchema = v.pipe(
  v.object({
    contactId: ContactIdSchema,
    name: v.pipe(v.string(), v.maxLength(256)),
    cpf: v.pipe(
      v.string(),
      v.maxLength(32),
      v.description('11 digits, as text: leading zeros count.'),
    ),
    phones: v.pipe(
      v.array(ContactPhoneSchema),
      v.maxLength(5, 'a contact has at most five phones'),
    ),
    parameters: v.optional(ParametersSchema),
  }),
  v.title('contact'),
);
/** A contact as an adapter gets it, with up to five phones. Read-only: the same object may be passed again if the telephone system wants it sent later. */
export interface Contact extends Readonly<
  Omit<v.InferOutput<typeof ContactSchema>, 'phones' | 'parameters'>
> {
  readonly phones: readonly ContactPhone[];
  readonly parameters?: Parameters | undefined;
}
