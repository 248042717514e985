#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_openssl.sh - openssl: digests, ciphers, keys, certificates, messages,
# and a server and clients that speak TLS.
. "$(dirname "$0")/lib.sh"
need openssl awk

cd "$tmp/in" || exit 99
awk 'BEGIN { for (i = 0; i < 100000; i++)
	print i, (i * 7919) % 65537, "some text to hide" }' >data
for name in root server; do
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
		-out $name.key 2>/dev/null || exit 99
done
openssl req -x509 -new -key root.key -subj '/CN=root' -days 30 \
	-out root.pem || exit 99
openssl req -new -key server.key -subj '/CN=server' -out server.csr || exit 99
openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -set_serial 7 \
	-days 30 -out server.pem 2>/dev/null || exit 99
openssl pkcs12 -export -in server.pem -inkey server.key -passout pass:p \
	-out server.p12 || exit 99
openssl cms -encrypt -in data -out data.cms server.pem || exit 99
cd "$tmp" || exit 99

cat >"$tmp/in/work.sh" <<'END_SH'
cp "$1"/* .
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do
	openssl dgst -$digest data
done
for cipher in aes-128-cbc aes-256-ctr chacha20 camellia-128-cbc; do
	openssl enc -$cipher -pbkdf2 -k secret -S 0102030405060708 \
		-in data -out data.$cipher
	openssl enc -$cipher -pbkdf2 -k secret -S 0102030405060708 -d \
		-in data.$cipher | cmp - data && openssl dgst data.$cipher
done
openssl enc -base64 -in data | openssl enc -base64 -d | cmp - data
openssl dgst -sha256 -sign server.key -out signature data
openssl x509 -in server.pem -pubkey -noout >server.pub
openssl dgst -sha256 -verify server.pub -signature signature data
openssl verify -CAfile root.pem server.pem
openssl x509 -in server.pem -text -noout
openssl asn1parse -in server.pem
openssl pkcs12 -in server.p12 -passin pass:p -nodes
openssl cms -decrypt -in data.cms -inkey server.key | openssl dgst
openssl cms -sign -in data -signer server.pem -inkey server.key |
	openssl cms -verify -CAfile root.pem -purpose any | openssl dgst
for algorithm in 'RSA -pkeyopt rsa_keygen_bits:2048' ED25519 X448 \
	'EC -pkeyopt ec_paramgen_curve:P-384'; do
	openssl genpkey -algorithm $algorithm 2>/dev/null |
		openssl pkey -check -noout
done
openssl prime -generate -bits 512 | grep -c .
openssl ciphers -v | cksum
openssl list -digest-algorithms -cipher-algorithms | cksum
openssl x509 -in server.key 2>/dev/null || echo refused
END_SH
served_by_library openssl version
compare 'openssl: digests, ciphers, keys, certificates, messages' 120 \
	sh "$tmp/in/work.sh" "$tmp/in"

# s_server takes no name longer than 31 bytes.
start_server() {
	socket=$1/s
	variable=${2:-PLAIN=}
	launch "$@" openssl s_server -quiet -unix "$socket" -unlink -WWW \
		-key "$tmp/in/server.key" -cert "$tmp/in/server.pem"
	await 'openssl s_server' test -S "$socket"
}

# Clients, on the library where the server is, get the data.
talk() {
	for options in -tls1_3 -tls1_2 '-tls1_3 -groups P-521' \
		'-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305' \
		'-tls1_2 -cipher AES256-SHA256' '-tls1_3 -groups ffdhe2048'; do
		# shellcheck disable=SC2086 # options are words
		printf 'GET /in/data HTTP/1.0\r\n\r\n' |
			timeout -k 5 60 env "$variable" openssl s_client -quiet \
				-unix "$socket" $options -servername server \
				-CAfile "$tmp/in/root.pem" -verify_quiet \
				-verify_return_error 2>&1 | cksum
	done
}
compare_servers 'openssl: six TLS clients get the data' talk
