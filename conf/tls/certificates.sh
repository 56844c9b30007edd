#!/bin/bash
# Makes the files that tls.yaml names, in the folder given (default: here): a CA of its own, a
# certificate for localhost, and one for a client. For trying things out; real ones come from your CA.
set -euo pipefail
cd "${1:-.}"

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

sign() { # NAME SUBJECT-ALTERNATIVE-NAMES
  openssl req "${new_key[@]}" -subj "/CN=$1" -addext "subjectAltName=$2" -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -copy_extensions copy -days 90 \
    -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem"
  rm "$1.csr"
}

umask 077
openssl req -x509 "${new_key[@]}" -days 3650 -subj "/CN=Convoy example CA" -keyout ca.key -out ca.pem
sign localhost DNS:localhost,IP:127.0.0.1
sign client URI:spiffe://example/client
