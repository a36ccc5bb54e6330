import type { ReceivedRequest } from '../loopback-server.ts';

/** A raw CSV body, or the first file of a multipart one. */
export function csvOf({ headers, body }: ReceivedRequest): string {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  const text = body.toString('utf8');
  if (boundary === undefined) return text;
  const part = text.split(`--${boundary}`).find((section) => section.includes('filename=')) ?? '';
  return part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '');
}

/** `ID;CPF;DDD1Telefone1;DDD2Telefone2;DDD3Telefone3`, the manual's example of a line. */
export function readCsv(text: string) {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !/^ID;/i.test(line))
    .map((line) => {
      const [contactId = '', cpf = '', ...phones] = line.split(';');
      return { contactId, cpf, name: '', phones: phones.filter((phone) => phone.trim() !== '') };
    });
}
