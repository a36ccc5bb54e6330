import { readdir, readFile } from 'node:fs/promises';
import { platformCode } from './platform-code.ts';
import type { TellSeldom } from './tell-seldom.ts';

/** File descriptors of this process: connections and files. */
export interface Descriptors {
  readonly open: number;
  /** Limit of the system. */
  readonly most: number;
}

const isFew = ({ open, most }: Descriptors): boolean => open > 0.9 * most;

/** `undefined` if the system does not provide the numbers; only Linux does. */
export async function countDescriptors(): Promise<Descriptors | undefined> {
  try {
    const [open, limits] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
    ]);
    const [, most] = /^Max open files +(\d+)/m.exec(limits) ?? [];
    return most === undefined ? undefined : { open: open.length, most: Number(most) };
  } catch (error) {
    if (platformCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Without a free descriptor, the platform rejects new connections and reports it to nobody. */
export async function noticeFewDescriptors(
  tell: TellSeldom,
  count: () => Promise<Descriptors | undefined> = countDescriptors,
): Promise<void> {
  let counted: Descriptors | undefined;
  try {
    counted = await count();
  } catch (error) {
    if (platformCode(error) !== 'EMFILE' && platformCode(error) !== 'ENFILE') throw error;
    tell({ code: 'EMFILE' }, `no connection can be taken any more: ${mend}`);
  }
  if (counted && isFew(counted))
    tell({ ...counted }, `only few more connections and files can be opened: ${mend}`);
}

const mend =
  'look who holds so many (telephony_event_streams), and raise the limit of open files (LimitNOFILE of the service)';
