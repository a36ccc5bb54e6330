import { expect, it } from 'vitest';
import { readEnvironment, StartError } from '../src/environment.ts';

it.each([
  '10/8',
  '192.168/16',
  '10.1/16',
  '192.168.001.010',
  '0x7f.1',
  '2130706433',
  '10.0.0.0/33',
])(
  'the host does not start with an IPv4 network that is invalid, or could be read as another network: %s',
  (network) => {
    for (const name of ['EGRESS_ALLOW', 'TRUST_PROXY']) {
      expect(() => readEnvironment({ [name]: `127.0.0.1,${network}` })).toThrow(
        new StartError(
          `environment ${name}: "${network}" is not a network; write for example 10.0.0.0/8 or 192.0.2.7`,
        ),
      );
    }
  },
);

it('EGRESS_ALLOW accepts networks in the usual notations', () => {
  const written = ['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '::1', 'fd00::/8', '::ffff:192.0.2.1'];
  expect(readEnvironment({ EGRESS_ALLOW: written.join(', ') }).egressAllow).toEqual(written);
});
