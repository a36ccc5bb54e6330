#!/bin/sh
# Makes the certificates of this folder anew, with keys, by openssl. They begin in 2020 and hold for a hundred years; tests read the files alone.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
: >"$work/index.txt"
cat >"$work/ca.cnf" <<END
[ca]
default_ca = here
[here]
database = $work/index.txt
rand_serial = yes
new_certs_dir = $work
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
END

# NAME SUBJECT EXTENSIONS [ISSUER] [END] [KEY]: without an issuer it signs itself.
certificate() {
  name=$1 subject=$2 extensions=$3 issuer=${4:-} end=${5:-21200101000000Z} key=${6:-ec}
  if [ "$key" = ec ]; then set -- -newkey ec -pkeyopt ec_paramgen_curve:P-256; else set -- -newkey "$key"; fi
  openssl req -new "$@" -nodes -keyout "$work/$name.key" -out "$work/$name.csr" -subj "/CN=$subject" 2>/dev/null
  printf '%b' "[e]\n$extensions\n" >"$work/e.cnf"
  if [ -z "$issuer" ]; then set -- -selfsign -keyfile "$work/$name.key"; else set -- -keyfile "$work/$issuer.key" -cert "$work/$issuer.crt"; fi
  openssl ca -batch -config "$work/ca.cnf" "$@" -in "$work/$name.csr" -out "$work/$name.crt" -notext \
    -startdate 20200101000000Z -enddate "$end" -extfile "$work/e.cnf" -extensions e 2>/dev/null
  cat "$work/$name.key" "$work/$name.crt" >"$name.pem"
}

authority='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign'
server='basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth'

certificate authority 'Private authority' "$authority"
certificate of-authority-by-name pbx.example "$server\nsubjectAltName=DNS:pbx.example" authority
certificate of-authority-by-address 127.0.0.1 "$server\nsubjectAltName=IP:127.0.0.1" authority
certificate issuing-authority 'Issuing authority' "$authority" authority
certificate of-issuing-authority 127.0.0.1 "$server\nsubjectAltName=IP:127.0.0.1" issuing-authority
# As telephone systems make their own: with no name that fits, as an authority or not.
certificate self-signed pbx.local 'basicConstraints=CA:TRUE'
certificate self-signed-renewed pbx.local 'basicConstraints=CA:TRUE'
certificate self-signed-server pbx.local "$server"
certificate expired pbx.local 'subjectAltName=IP:127.0.0.1' '' 20210101000000Z
certificate weak pbx.local 'subjectAltName=IP:127.0.0.1' '' 21200101000000Z rsa:1024
certificate for-clients pbx.local 'extendedKeyUsage=clientAuth'
