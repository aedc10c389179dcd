#!/bin/sh
# Makes an authority and the certificates of envoy-mtls.yaml and portcullis-mtls.yaml, good for a week. Needs OpenSSL.
#
#     sh examples/envoy/certificates.sh [folder]     # .portcullis/certs when left out
set -eu
folder="${1:-.portcullis/certs}"
mkdir -p "$folder"
cd "$folder"

# issue <name> <subject alternative names>
issue() {
  name="$1"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/O=Portcullis example/CN=$name" \
    -keyout "$name.key" -out "$name.csr" 2> /dev/null
  printf 'subjectAltName = %s\nbasicConstraints = critical, CA:false\n' "$2" > "$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 7 -extfile "$name.ext" -out "$name.crt" 2> /dev/null
  rm "$name.csr" "$name.ext"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 -subj '/O=Portcullis example/CN=authority' \
  -keyout ca.key -out ca.crt 2> /dev/null
issue portcullis 'DNS:portcullis.internal'
issue edge 'DNS:localhost, URI:spiffe://shop.example/ns/edge/sa/gateway'
issue inventory 'DNS:localhost, URI:spiffe://shop.example/ns/shop/sa/inventory'
issue warehouse 'URI:spiffe://shop.example/ns/shop/sa/warehouse'
issue stranger 'URI:spiffe://shop.example/ns/shop/sa/stranger'
# Nobody issues another one.
rm -f ca.key ca.srl
echo "wrote certificates to $folder"
