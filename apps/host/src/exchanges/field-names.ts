import { decodeWhole } from '@finaz-telephony/core/host';
import { remembered } from '../remembered.ts';

/** Whether the name of a field says that its value is secret or personal. */
export type FieldKind = 'secret' | 'personal' | undefined;

const secret =
  /(?:pass|password|passwd|passphrase|pwd|senha|secret|segredo|token|apikey|accesskey|privatekey|secretkey|chave|auth|authorization|signature|credentials?|cookie|jwt|bearer|session|sess(?:ion)?id)$|^senha/;

const personal = new RegExp(
  `^(?:${[
    'rg|sobrenome|surname|apelido|nickname|name|nome',
    '(?:first|middle|last|full|given|family|mother|father|client|customer|contact|lead|debtor|person|display|(?:party)?caller|callerid|callee|called)name',
    '(?:nome|nm)(?:d[aoe])?(?:cli|cliente|contato|devedor|completo|social|fantasia|mae|pai|pessoa|titular|lead)',
    '(?:cliente|devedor|contato|titular|pessoa|contact|client|customer|debtor|lead)(?:nome|name)',
    'cliente|devedor|titular|client|customer|debtor|mae|pai|mother|father|conjuge|razaosocial|cnam',
    '(?:address|addressline|endereco|street|logradouro)\\d?|rua|bairro|complemento|cep|postalcode|zip|zipcode',
    '(?:data|dt)(?:de)?nasc(?:imento)?|nascimento|dateofbirth|birthdate|birthday|dob',
    'comments?|obs|observaca[oe]s?|observacoes|securityphrase',
  ].join('|')})$|(?:cpf|cnpj|email)\\d?$`,
);

/** The kind of a field name, in any notation: `first_name`, `firstName`, `First Name`, `lead[first_name]`, `observa%C3%A7%C3%A3o`. */
export const fieldKind = remembered(5000, (name): FieldKind => {
  const plain = plainName(name);
  return secret.test(plain) ? 'secret' : personal.test(plain) ? 'personal' : undefined;
});

const plainName = (name: string): string =>
  (
    decodedName(name)
      .match(/[^.[\]]+/g)
      ?.at(-1) ?? ''
  )
    .normalize('NFD')
    .replace(/[^A-Za-z\d]/g, '')
    .toLowerCase();

/** Without the escapes of addresses, in UTF-8 or Latin-1, and of JSON. */
function decodedName(name: string): string {
  if (!/[%\\]/.test(name)) return name;
  const bytes = Buffer.from(name)
    .toString('latin1')
    .replace(/%(?:25)?([\da-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    );
  return decodeWhole(Buffer.from(bytes, 'latin1')).replace(
    /\\+u([\da-f]{4})/gi,
    (_, code: string) => String.fromCharCode(parseInt(code, 16)),
  );
}
