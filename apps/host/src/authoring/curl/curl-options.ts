/** What the import does with an option of curl. */
type Fate =
  /** Determines what is sent. */
  | 'read'
  /** Ignored without a word: it concerns curl's output or its own behaviour, not the request. */
  | 'silent'
  /** Left out with a warning that gives this reason: a tenant document has no setting for it. */
  | { readonly lost: string }
  /** Refused with this reason: with the option, the command is not a single HTTP request. */
  | { readonly refused: string };

interface CurlOption {
  readonly long: string;
  readonly short?: string;
  readonly takesValue: boolean;
  readonly fate: Fate;
}

const tls = {
  lost: 'certificates are always checked, by TLS 1.2 or later and against the public authorities',
};
const ownTrust = {
  lost: 'certificates are always checked; one that no public authority has signed is written into connections.NAME.tls.trust, and "openssl s_client -connect HOST:PORT -showcerts </dev/null" prints it',
};
const clientCertificate = { lost: 'a client certificate cannot be given to a connection' };
const proxy = { lost: 'the operator of the host sets EGRESS_PROXY for all connections' };
const network = { lost: 'which way a request takes is the business of the host' };
const otherLogin = { lost: 'only Basic and Bearer can be written; ask the vendor for one of them' };
const otherProtocol = { refused: 'is not for HTTP' };
const many = { refused: 'makes several requests of one command; import them one at a time' };
const httpVersion = { lost: 'HTTP/1.1 is spoken' };
const retries = { lost: 'what may be repeated safely is decided by the host' };

/** Long names, each with `=` if the option takes a value, then the short name if there is one: `data= d`. */
const groups: readonly (readonly [fate: Fate, options: string])[] = [
  [
    'read',
    'data= d, data-ascii=, data-binary=, data-raw=, data-urlencode=, json=, form= F, form-string=, get G, head I, header= H, request= X, url=, url-query=, user= u, user-agent= A, referer= e, cookie= b, oauth2-bearer=, basic, location L, location-trusted, max-time= m, upload-file= T, globoff g, compressed, range= r',
  ],
  [
    'silent',
    'silent s, show-error S, verbose v, include i, output= o, output-dir=, remote-name O, remote-name-all, remote-header-name J, remote-time R, create-dirs, create-file-mode=, no-clobber, remove-on-error, fail f, fail-early, fail-with-body, progress-bar #, no-progress-meter, no-buffer N, buffer, write-out= w, dump-header= D, cookie-jar= c, junk-session-cookies j, stderr=, styled-output, no-styled-output, trace=, trace-ascii=, trace-time, trace-ids, trace-config=, libcurl=, xattr, disable q, connect-timeout=, keepalive-time=, no-keepalive, keepalive-cnt=, expect100-timeout=, tcp-nodelay, tcp-fastopen, no-sessionid, no-alpn, no-npn, max-redirs=, path-as-is, raw, speed-limit= Y, speed-time= y, limit-rate=, max-filesize=, parallel-immediate, form-escape, suppress-connect-headers, post301, post302, post303, tr-encoding, http0.9, ignore-content-length, false-start, skip-existing, disallow-username-in-url, etag-save=, ssl-no-revoke, ssl-revoke-best-effort, use-ascii B',
  ],
  [ownTrust, 'insecure k, cacert=, capath=, pinnedpubkey='],
  [
    tls,
    'crlfile=, cert-status, ciphers=, curves=, tls13-ciphers=, tls-max=, tlsv1 1, tlsv1.0, tlsv1.1, tlsv1.2, tlsv1.3, sslv2 2, sslv3 3, ssl, ssl-reqd, ssl-allow-beast, ssl-auto-client-cert, engine=, ca-native, random-file=, egd-file=, tlsauthtype=, tlspassword=, tlsuser=, ech=, sigalgs=',
  ],
  [clientCertificate, 'cert= E, cert-type=, key=, key-type=, pass='],
  [
    proxy,
    'proxy= x, proxy-anyauth, proxy-basic, proxy-cacert=, proxy-capath=, proxy-cert=, proxy-cert-type=, proxy-ciphers=, proxy-crlfile=, proxy-digest, proxy-header=, proxy-insecure, proxy-key=, proxy-key-type=, proxy-negotiate, proxy-ntlm, proxy-pass=, proxy-pinnedpubkey=, proxy-service-name=, proxy-ssl-allow-beast, proxy-ssl-auto-client-cert, proxy-tls13-ciphers=, proxy-tlsauthtype=, proxy-tlspassword=, proxy-tlsuser=, proxy-tlsv1, proxy-user= U, proxy1.0=, proxytunnel p, preproxy=, socks4=, socks4a=, socks5=, socks5-basic, socks5-gssapi, socks5-gssapi-nec, socks5-gssapi-service=, socks5-hostname=, noproxy=, haproxy-protocol, haproxy-clientip=, proxy-http2, proxy-ca-native',
  ],
  [
    network,
    'resolve=, connect-to=, interface=, local-port=, ipv4 4, ipv6 6, dns-interface=, dns-ipv4-addr=, dns-ipv6-addr=, dns-servers=, doh-url=, doh-insecure, doh-cert-status, happy-eyeballs-timeout-ms=, alt-svc=, hsts=, unix-socket=, abstract-unix-socket=, request-target=, ip-tos=, vlan-priority=, proto=, proto-default=, proto-redir=, ipfs-gateway=',
  ],
  [
    otherLogin,
    'digest, ntlm, ntlm-wb, negotiate, anyauth, aws-sigv4=, delegation=, krb=, netrc n, netrc-file=, netrc-optional, service-name=, sasl-authzid=, sasl-ir, login-options=',
  ],
  [httpVersion, 'http1.0 0, http1.1, http2, http2-prior-knowledge, http3, http3-only'],
  [retries, 'retry=, retry-all-errors, retry-connrefused, retry-delay=, retry-max-time='],
  [
    { lost: 'a condition on an earlier answer has no place' },
    'time-cond= z, etag-compare=, continue-at= C',
  ],
  [many, 'next :, parallel Z, parallel-max=, rate=, config= K'],
  [
    otherProtocol,
    'append a, list-only l, quote= Q, ftp-account=, ftp-alternative-to-user=, ftp-create-dirs, ftp-method=, ftp-pasv, ftp-port= P, ftp-pret, ftp-skip-pasv-ip, ftp-ssl-ccc, ftp-ssl-ccc-mode=, ftp-ssl-control, disable-eprt, disable-epsv, mail-auth=, mail-from=, mail-rcpt=, mail-rcpt-allowfails, telnet-option= t, tftp-blksize=, tftp-no-options, pubkey=, hostpubmd5=, hostpubsha256=, compressed-ssh, crlf, metalink',
  ],
  [{ refused: 'makes no request' }, 'help= h, manual M, version V'],
];

const options: readonly CurlOption[] = groups.flatMap(([fate, written]) =>
  written.split(', ').map((entry) => {
    const [name = '', short] = entry.split(' ');
    return {
      long: name.replace('=', ''),
      takesValue: name.endsWith('='),
      ...(short !== undefined && { short }),
      fate,
    };
  }),
);

/** All options of curl 8, by their long names. */
export const curlOptions: ReadonlyMap<string, CurlOption> = new Map(
  options.map((option) => [option.long, option]),
);
