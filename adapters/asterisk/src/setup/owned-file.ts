import { sha256 } from './sha256.ts';

/** Whose the file is that has the name of one of ours. */
export type Ownership = 'absent' | 'ours' | 'changed' | 'foreign';

const mark =
  /^; finaz-telephony: written by "asterisk setup", version (\S+), sha256 ([0-9a-f]{64})\n/;

/** The text with a first line that states its owner, version and original content. */
export async function sealed(version: string, text: string): Promise<string> {
  return `; finaz-telephony: written by "asterisk setup", version ${version}, sha256 ${await sha256(text)}\n${text}`;
}

/** Whether a file is the command's own: only then may it be replaced or removed. */
export async function ownership(content: string | undefined): Promise<Ownership> {
  if (content === undefined) return 'absent';
  const found = mark.exec(content.replaceAll('\r\n', '\n'));
  if (!found) return 'foreign';
  return (await sha256(content.replaceAll('\r\n', '\n').slice(found[0].length))) === found[2]
    ? 'ours'
    : 'changed';
}
