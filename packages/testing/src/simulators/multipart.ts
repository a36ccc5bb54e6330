import type { JournalEntry } from './simulator.ts';

export interface FormPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** The parts of a multipart body, in order, with their bytes untouched. */
export function readMultipart({ headers, body }: JournalEntry): readonly FormPart[] {
  const match = /boundary=(?:"([^"]+)"|([^;]+))/.exec(headers['content-type'] ?? '');
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return [];
  // Latin-1 keeps every byte as one character.
  const sections = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1);
  return sections.map((section) => {
    const end = section.indexOf('\r\n\r\n');
    const head = Buffer.from(section.slice(0, end), 'latin1').toString('utf8');
    return {
      name: /[ ;]name="([^"]*)"/i.exec(head)?.[1] ?? '',
      fileName: /filename="([^"]*)"/i.exec(head)?.[1],
      contentType: /^content-type: *(.+)$/im.exec(head)?.[1]?.trim(),
      body: Buffer.from(section.slice(end + 4), 'latin1'),
    };
  });
}

/** The text of a part in the charset that it names; UTF-8 if it names none. */
export function textOf({ contentType, body }: FormPart): string {
  const charset = /charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  return new TextDecoder(charset).decode(body);
}
