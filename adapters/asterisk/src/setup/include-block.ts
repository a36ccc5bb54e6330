/** The two lines around an include that the command has added to a file of the administrator. */
const begin = '; finaz-telephony: begin of what "asterisk setup --include" has added';
const end = '; finaz-telephony: end';

const blockFor = (included: string) => `${begin}\n#tryinclude "${included}"\n${end}\n`;

export type BlockState = 'absent' | 'present' | 'changed';

/** Whether a file holds the block for `included`, exactly as it was written. */
export function blockState(content: string, included: string): BlockState {
  if (content.includes(blockFor(included))) return 'present';
  return content.includes(begin) ? 'changed' : 'absent';
}

/** Appends the block, so that it may add to sections defined above. */
export function withBlock(content: string, included: string): string {
  const gap = content === '' || content.endsWith('\n') ? '' : '\n';
  return `${content}${gap}${blockFor(included)}`;
}

/** Takes the block out; everything else stays as it is, to the byte. */
export function withoutBlock(content: string, included: string): string {
  return content.replace(blockFor(included), '');
}

/** Whether the administrator's file includes ours by a line of its own. */
export function includesByHand(content: string, included: string): boolean {
  return content.split('\n').some(
    (line) =>
      /^\s*#(?:try)?include\s/.test(line) &&
      line
        .replace(/^\s*#(?:try)?include\s+/, '')
        .replaceAll(/["<>]/g, '')
        .trim() === included,
  );
}
