import { CommandError, type CommandFolder } from '@finaz-telephony/core';
import { blockState, includesByHand, withBlock, withoutBlock } from './include-block.ts';
import { ownership, sealed } from './owned-file.ts';
import type { ServerFile } from './server-files.ts';

/** One change of one file; an undefined `text` removes it. */
export interface Change {
  readonly name: string;
  readonly text: string | undefined;
  readonly what: string;
}

const ownNames = /^finaz-[a-z]+\.conf$/;

/** What must be written so that the folder holds exactly these files. @throws {CommandError} naming every file that is not ours; nothing is changed then. */
export async function changesToWrite(
  folder: CommandFolder,
  files: readonly ServerFile[],
  version: string,
  include: boolean,
): Promise<Change[]> {
  const refused: string[] = [];
  const changes: Change[] = [];
  for (const { name, base, text } of files) {
    const wanted = await sealed(version, text);
    const found = await folder.read(name);
    const owner = await ownership(found);
    if (owner === 'foreign' || owner === 'changed') refused.push(refusal(name, owner));
    else if (found !== wanted)
      changes.push({ name, text: wanted, what: found === undefined ? 'written' : 'renewed' });
    if (!include) continue;
    const content = (await folder.read(base)) ?? '';
    const state = blockState(content, name);
    if (state === 'changed') refused.push(changedBlock(base));
    else if (state === 'absent' && !includesByHand(content, name))
      changes.push({ name: base, text: withBlock(content, name), what: `includes ${name}` });
  }
  return allowed(refused, changes);
}

/** What must be undone. @throws {CommandError} if a file was changed by hand since: its changes would be lost. */
export async function changesToUndo(folder: CommandFolder): Promise<Change[]> {
  const refused: string[] = [];
  const changes: Change[] = [];
  const names = await folder.list();
  for (const name of names) {
    if (!name.endsWith('.conf')) continue;
    const content = await folder.read(name);
    if (content === undefined) continue;
    if (ownNames.test(name)) {
      const owner = await ownership(content);
      if (owner === 'ours') changes.push({ name, text: undefined, what: 'removed' });
      if (owner === 'changed') refused.push(refusal(name, owner));
      continue;
    }
    const included = `finaz-${name}`;
    const state = blockState(content, included);
    if (state === 'changed') refused.push(changedBlock(name));
    if (state !== 'present') continue;
    const rest = withoutBlock(content, included);
    changes.push({
      name,
      text: rest === '' ? undefined : rest,
      what:
        rest === '' ? 'removed: nothing else was in it' : `does not include ${included} any more`,
    });
  }
  return allowed(refused, changes);
}

export async function apply(folder: CommandFolder, changes: readonly Change[]): Promise<void> {
  for (const { name, text } of changes) {
    if (text === undefined) await folder.remove(name);
    else await folder.write(name, text);
  }
}

function allowed(refused: readonly string[], changes: Change[]): Change[] {
  if (refused.length > 0) throw new CommandError(`nothing was changed.\n${refused.join('\n')}`);
  return changes;
}

const refusal = (name: string, owner: 'foreign' | 'changed') =>
  owner === 'foreign'
    ? `${name}: this file was not written by this command; move it away, then run it again`
    : `${name}: was changed by hand since it was written; put your lines into a file of your own, remove this one, then run it again`;

const changedBlock = (base: string) =>
  `${base}: the lines that "asterisk setup --include" had added were changed by hand; take out all from "; finaz-telephony: begin" to "; finaz-telephony: end", then run it again`;
