import { unzip, unzipSync, type UnzipFileInfo } from 'fflate';
import { TelephonyError } from '../../errors/telephony-error.ts';

const largestUnzipped = 256 * 1024 ** 2;

export interface ZippedFile {
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The file in a ZIP whose name contains this part, the largest if there are several. No other is unpacked: a small ZIP may hold terabytes. */
export async function unzipped(bytes: Uint8Array, part: string): Promise<ZippedFile> {
  const largest = largestNamed(bytes, part);
  if (!largest) {
    throw new TelephonyError({
      code: 'not_found',
      feature: 'recording',
      message: 'The ZIP of the telephone system holds no such recording.',
      delivery: 'answered',
    });
  }
  const { name } = largest;
  const content = await new Promise<Uint8Array | undefined>((resolve, reject) => {
    unzip(bytes, { filter: onlyOnce(largest) }, (error, files) => {
      if (error) reject(notZip(error));
      else resolve(files[name]);
    });
  });
  return { name, content: Uint8Array.from(content ?? []) };
}

/** A directory may list one file thousands of times: each would be unpacked, into memory of its own. */
function onlyOnce({ name, originalSize }: UnzipFileInfo): (file: UnzipFileInfo) => boolean {
  let isTaken = false;
  return (file) => {
    if (isTaken || file.name !== name || file.originalSize !== originalSize) return false;
    isTaken = true;
    return true;
  };
}

/** Uses the directory of the ZIP; nothing is unpacked. */
function largestNamed(bytes: Uint8Array, part: string): UnzipFileInfo | undefined {
  let largest: UnzipFileInfo | undefined;
  try {
    unzipSync(bytes, {
      filter(file) {
        const fits =
          file.originalSize > (largest?.originalSize ?? 0) &&
          file.name.toLowerCase().includes(part.toLowerCase());
        if (fits) largest = file;
        return false;
      },
    });
  } catch (error) {
    throw notZip(error);
  }
  if (largest && largest.originalSize > largestUnzipped) {
    throw new TelephonyError({
      code: 'response_too_large',
      feature: 'recording',
      message: `The recording in the ZIP of the telephone system is larger than ${largestUnzipped / 1024 ** 2} MiB.`,
      delivery: 'answered',
    });
  }
  return largest;
}

function notZip(cause: unknown): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    feature: 'recording',
    message: 'The telephone system sent something else than the ZIP that was expected.',
    delivery: 'answered',
    cause,
  });
}
