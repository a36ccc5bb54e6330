/** What a column of a mailing's CSV file holds. */
export type Column =
  | { readonly kind: 'contactId' | 'name' | 'cpf' }
  | { readonly kind: 'areaCode' | 'number'; readonly phone: number }
  | { readonly kind: 'parameter'; readonly name: string };

const plainNames: Readonly<Record<string, 'contactId' | 'name' | 'cpf'>> = {
  id: 'contactId',
  contactid: 'contactId',
  contact: 'contactId',
  idcontato: 'contactId',
  contato: 'contactId',
  identificador: 'contactId',
  identificadorcontato: 'contactId',
  identificadorcontatocrm: 'contactId',
  idcrm: 'contactId',
  pid: 'contactId',
  codigo: 'contactId',
  name: 'name',
  nome: 'name',
  nomecliente: 'name',
  cliente: 'name',
  cpf: 'cpf',
  cpfcnpj: 'cpf',
  documento: 'cpf',
};

/** The number of a phone column. A contact has at most five phones: further ones replace those that cannot be dialed, the rest are reported. */
const place = '(?:0?[1-9]|1[0-9]|20)?';
const areaCodeName = new RegExp(`^(?:ddd|areacode|codigoarea)(${place})(?:telefone${place})?$`);
/** The manual's joined column `ddd1telefone1` holds area code and number in one; the manual prints the second one as `DD2Telefone2`. */
const numberName = new RegExp(
  `^(?:ddd?${place})?(?:numero|number|telefone|phone|fone|celular|tel)(${place})$`,
);

/** Reads a header of the manual, of a spreadsheet or of the API: any case, with or without accents and punctuation. */
export function columnOf(header: string): Column | undefined {
  const plainHeader = header.normalize('NFD').replace(/[\u0300-\u036f]/g, '');
  const name = plainHeader.toLowerCase().replace(/[^a-z0-9]/g, '');
  const plain = Object.hasOwn(plainNames, name) ? plainNames[name] : undefined;
  if (plain) return { kind: plain };
  const number = numberName.exec(name);
  if (number) return { kind: 'number', phone: Number(number[1] || 1) };
  const areaCode = areaCodeName.exec(name);
  if (areaCode) return { kind: 'areaCode', phone: Number(areaCode[1] || 1) };
  const parameter = plainHeader
    .trim()
    .replace(/[^A-Za-z0-9_]/g, '_')
    .replace(/^(?=\d)/, '_')
    .slice(0, 64);
  return parameter === '' ? undefined : { kind: 'parameter', name: parameter };
}

/** What a column holds, in words. */
export function meaningOf(column: Column): string {
  if (column.kind === 'parameter') return `the parameter ${column.name}`;
  if (column.kind === 'number') return `number ${column.phone}`;
  if (column.kind === 'areaCode') return `area code ${column.phone}`;
  return { contactId: 'the contact id', name: 'the name', cpf: 'the CPF' }[column.kind];
}

/** A row of a CSV file as the row of a JSON document would be. */
export function rowOf(columns: readonly (Column | undefined)[], cells: readonly string[]): unknown {
  const phones: { areaCode: string; number: string }[] = [];
  const parameters: Record<string, string> = {};
  const row: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (!column || cell === '') continue;
    if (column.kind === 'parameter') parameters[column.name] = cell;
    else if (column.kind === 'areaCode' || column.kind === 'number') {
      const phone = (phones[column.phone - 1] ??= { areaCode: '', number: '' });
      phone[column.kind] = cell;
    } else row[column.kind] = cell;
  }
  return {
    ...row,
    phones: Array.from(phones, (phone) => phone ?? { areaCode: '', number: '' }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}
