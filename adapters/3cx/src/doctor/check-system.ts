import { finding, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import { ask, mayNotRead, shapeOf, type PbxWork } from '../pbx.ts';
import { found } from './found.ts';

const SystemSchema = v.object({
  Version: v.nullish(v.string(), ''),
  LicenseActive: v.nullish(v.boolean()),
  RecordingStopped: v.nullish(v.boolean()),
  RecordingQuotaReached: v.nullish(v.boolean()),
});

/** Version, licence, and whether 3CX can still record. */
export async function* checkSystem(work: PbxWork): AsyncGenerator<Finding> {
  const system = await found('system', async () =>
    shapeOf(
      SystemSchema,
      await ask(work, 'GET', '/xapi/v1/SystemStatus', {
        meanings: { 403: mayNotRead },
        isWithheld: true,
      }),
      undefined,
    ),
  );
  if (!system.is) {
    yield system.failure;
    return;
  }
  const { Version, LicenseActive, RecordingStopped, RecordingQuotaReached } = system.is;
  yield versionFinding(Version);
  if (LicenseActive === false) {
    yield finding.broken(
      'licence',
      'the licence of 3CX is not active',
      'admin console, Dashboard, License: enter or renew it; Call Control needs an Enterprise licence',
    );
  }
  if (RecordingStopped === true || RecordingQuotaReached === true) {
    yield finding.warning(
      'recording-space',
      '3CX records no calls at present: its space for recordings is used up, or recording was stopped',
      'admin console, Recordings: delete or archive old ones, or raise the quota',
    );
  }
}

const oldest = [20, 0, 6];
const recommended = [20, 0, 9];

function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  const at = wanted.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return at === -1 || (parts[at] ?? 0) > (wanted[at] ?? 0);
}

function versionFinding(version: string): Finding {
  if (version === '') {
    return finding.warning(
      'version',
      '3CX tells no version',
      `compare it in the admin console: ${oldest.join('.')} is the oldest that will do`,
    );
  }
  if (!isAtLeast(version, oldest)) {
    return finding.broken(
      'version',
      `3CX ${version} lacks the reports needed to find recordings`,
      `update it to ${recommended.join('.')} or later: admin console, Updates`,
    );
  }
  return isAtLeast(version, recommended)
    ? finding.ok('version', `3CX ${version}`)
    : finding.warning(
        'version',
        `3CX ${version} will do, and is not the recommended one`,
        `update it to ${recommended.join('.')} or later: admin console, Updates`,
      );
}
