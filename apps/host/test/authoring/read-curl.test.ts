import { describe, expect, it } from 'vitest';
import { readCurl } from '../../src/authoring/curl/read-curl.ts';
import type { CurlRequest } from '../../src/authoring/curl/curl-request.ts';

const noFile = (name: string) => Promise.reject(new Error(`${name} is not there`));
const read = (command: string): Promise<CurlRequest> => readCurl(command, noFile);

describe('a curl command', () => {
  it.each([
    ['curl -k http://x/', '-k is left out: certificates are always checked'],
    [
      'curl -x proxy:3128 http://x/',
      '-x is left out: the operator of the host sets EGRESS_PROXY for all connections',
    ],
    [
      'curl --digest -u a:b http://x/',
      '--digest is left out: only Basic and Bearer can be written',
    ],
    ['curl --http2 http://x/', '--http2 is left out: HTTP/1.1 is spoken'],
    ['curl --resolve x:80:127.0.0.1 http://x/', '--resolve is left out'],
    ['curl -H "Host: other" http://x/', 'the header Host is left out'],
  ])('%s: is read with a warning', async (command, warning) => {
    const { warnings } = await read(command);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it.each([
    ['curl --frobnicate http://x/', 'unknown option --frobnicate; curl has no such option'],
    ['curl --hedaer A:b http://x/', 'unknown option --hedaer; did you mean "header"?'],
    ['curl -sé http://x/', 'unknown option'],
    ['curl -X', '-X has no value after it'],
    ['curl -s', 'the command has no address'],
    ['curl http://x/ http://y/', 'the command has several addresses'],
    ['curl --next http://x/', '--next makes several requests of one command'],
    ['curl -K file http://x/', '-K makes several requests'],
    ['curl "http://x/[1-3]"', 'stands for several'],
    ['curl ftp://x/', 'only http and https are spoken'],
    [
      'curl -I http://x/',
      'a connection cannot use the method HEAD; known: GET, POST, PUT, PATCH, DELETE',
    ],
    ['curl -X GET -d a=1 http://x/', 'sends a body with GET'],
    ['curl -d a=1 -F b=2 http://x/', 'gives its body in two ways'],
    ['curl -b cookies.txt http://x/', 'names a file of cookies'],
    ['curl -F a=1 -F a=2 http://x/', '-F has "a" twice'],
    ['curl -d @body.json http://x/', 'body.json is not there'],
    ['wget http://x/', 'begins with "wget", not with curl'],
  ])('%s: is refused', async (command, message) => {
    await expect(read(command)).rejects.toThrow(message);
  });

  it('gives no warning for options that concern the output only', async () => {
    const { warnings } = await read(
      'curl -sSvif -o out -w "%{http_code}" --no-buffer --retry-all-errors http://x/',
    );
    expect(warnings).toEqual([expect.stringContaining('--retry-all-errors')]);
  });

  it('reads short options that are written together, and values attached to them', async () => {
    const { method, headers } = await read('curl -sXPUT -HA:b x.example');
    expect({ method, a: headers.get('a')?.value }).toEqual({ method: 'PUT', a: 'b' });
  });

  it('reads the credentials of an address as curl does, with a percent sign that escapes nothing', async () => {
    const { credentials } = await read('curl http://100%25:5%zz%C3%A3%@pbx.example/');
    expect(credentials).toEqual({ user: '100%', password: '5%zzã%' });
  });

  it.each([
    ['http://pbx:sen%E7a@pbx.example/', 'pbx:sen\xe7a'],
    ['http://jo%E3o@pbx.example/', 'jo\xe3o:'],
  ])('keeps the bytes of credentials in an address that are no UTF-8: %s', async (url, pair) => {
    const { credentials, headers } = await read(`curl ${url}`);
    expect(credentials).toBeUndefined();
    expect(headers.get('authorization')).toEqual({
      name: 'Authorization',
      value: `Basic ${Buffer.from(pair, 'latin1').toString('base64')}`,
    });
  });

  it('prefers credentials of their own, and a header, to those in the address, as curl does', async () => {
    const { credentials } = await read('curl -u a:b http://pbx:sen%E7a@pbx.example/');
    expect(credentials).toEqual({ user: 'a', password: 'b' });
    const { headers } = await read('curl -H "Authorization: Own k" http://sen%E7a@pbx.example/');
    expect(headers.get('authorization')?.value).toBe('Own k');
  });
});
