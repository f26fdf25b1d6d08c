#!/bin/sh
# Makes the certificates and keys of this folder. They are for tests only.
set -eu
cd "$(dirname "$0")"
ec() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
sign() { # name subject issuer extensions
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
    printf '%s\n' "$4" > ext
    openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -days 36500 -extfile ext \
        -out "$1.pem" 2> /dev/null
    rm -f "$1.csr" ext
}
ec root
openssl req -x509 -new -key root.key -subj "/O=Lab/CN=Lab Root" -days 36500 -out root.pem
ec intermediate
sign intermediate "/O=Lab/CN=Lab Intermediate" root "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign"
ec leaf
sign leaf "/CN=ignored.example" intermediate "subjectAltName=DNS:shop.example,DNS:*.wild.example,IP:127.0.0.1,IP:::1
basicConstraints=CA:FALSE"
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out old.key
sign old "/CN=old.example" root "basicConstraints=CA:FALSE"
ec self
openssl req -x509 -new -key self.key -subj "/CN=self.example" -days 36500 -out self.pem
# A root of the same name with another key, as after a private CA was made anew.
ec other-root
openssl req -x509 -new -key other-root.key -subj "/O=Lab/CN=Lab Root" -days 36500 -out other-root.pem
rm -f root.key intermediate.key other-root.key old.key
