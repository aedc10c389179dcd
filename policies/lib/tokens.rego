# METADATA
# title: Bearer tokens
# description: >-
#   Accepts signed JSON Web Tokens of several issuers. The key is found by issuer and key id, and each key is good for one
#   algorithm: RS256, ES256 or EdDSA. Issuers are data, by name: {"https://id.example": {"audiences": ["shop"], "jwks":
#   {"keys": […]}, "leeway_seconds": 30}}. See docs/policies.md. Nothing of a token is believed before it is verified.
package lib.tokens

# METADATA
# title: The token of an Authorization header
# description: Undefined unless the header is exactly the scheme Bearer, a space and one token.
bearer(header) := token if {
	[scheme, token] := split(header, " ")
	lower(scheme) == "bearer"
	token != ""
}

# METADATA
# title: What is to be thought of a token
# description: >-
#   {"claims"} of a token that is accepted, {"problem"} in words, for logs, of any other. An accepted token has a subject and
#   an end, and is bound to no key of its holder. Verifying is dear and this function is never undefined: make it a rule of
#   your own, so that it is asked once.
verdict(token, issuers) := of_issuer(header, payload, token, issuers) if {
	[header, payload, _] := io.jwt.decode(token)
} else := {"problem": "the token cannot be read"}

# METADATA
# title: The claims of a token that is accepted
# description: Undefined for any other.
claims(token, issuers) := verdict(token, issuers).claims

# METADATA
# title: Why a token is not accepted
# description: For logs. Undefined where `claims` is not; it permits nothing.
problem(token, issuers) := verdict(token, issuers).problem

# METADATA
# title: The scopes of a token
# description: From `scope` (RFC 8693), `scp` or `scopes`, each a list or a string of words.
scopes(payload) := union({words(object.get(payload, name, [])) | some name in ["scope", "scp", "scopes"]})

words(value) := {word | some word in split(value, " "); word != ""} if {
	is_string(value)
} else := {word | some word in value; is_string(word)} if {
	is_array(value)
} else := set()

of_issuer(header, payload, token, issuers) := named_by(header, payload, token, issuers[payload.iss]) if {
	issuers[payload.iss]
} else := {"problem": "the token is of an issuer that is not known"}

# The demands on a token follow from the issuer, key id and audience that are read from it. They count once
# io.jwt.decode_verify has verified the token against them.
named_by(header, payload, token, issuer) := {"problem": "the issuer's entry has a word that is not known"} if {
	not understood(issuer)
} else := for_audience(key_of(header, issuer.jwks.keys), payload, token, issuer) if {
	key_of(header, issuer.jwks.keys)
} else := {"problem": "the token names no key of its issuer, or another algorithm than the key's"}

for_audience(key, payload, token, issuer) := lasting(found, issuer) if {
	audience := min(audiences(payload) & {audience | some audience in issuer.audiences})
	found := current(token, payload, issuer, {
		"cert": json.marshal(key),
		"alg": key.alg,
		"iss": payload.iss,
		"aud": audience,
	})
} else := {"problem": "the token is for another audience"}

lasting(found, issuer) := {"claims": found.payload} if {
	complete(found.payload)
	fits_issuer(found, issuer)
} else := {"problem": "the token lacks what its issuer's tokens must have"} if {
	found.payload
} else := found

# A word that is not known could be a demand that is misspelt.
understood(issuer) if count(object.keys(issuer) - words_of_issuers) == 0

words_of_issuers := {
	"audiences",
	"jwks",
	"leeway_seconds",
	"max_lifetime_seconds",
	"realm",
	"refuse_future_iat",
	"roles",
	"types",
}

# The key that the header names. Two keys with one id are none.
key_of(header, keys) := key if {
	header.kid != ""
	named := [key |
		some key in keys
		key.kid == header.kid
		usable(key)
	]
	count(named) == 1
	key := named[0]
	key.alg == header.alg
}

# One algorithm for each key, of one type, and never a secret: a public key taken for a secret would let anybody sign.
usable(key) if {
	key.kty == {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}[key.alg]
	object.get(key, "use", "sig") == "sig"
	not key.d
}

audiences(payload) := {payload.aud} if {
	is_string(payload.aud)
} else := {audience | some audience in payload.aud}

# Header and payload of a token that is verified and valid now. First without leeway: io.jwt.decode_verify reads the clock
# itself and tells the cache from when until when its answer holds. Only a token that is past its time or ahead of it is looked
# at again with the issuer's leeway, and only if all else holds: those few answers read the clock and are not cached.
current(token, unverified, issuer, checks) := {"header": header, "payload": payload} if {
	[valid, header, payload] := io.jwt.decode_verify(token, checks)
	valid
} else := within_leeway(header, payload, issuer) if {
	# Whatever the time is: as of the middle of its life.
	middle := (object.get(unverified, "nbf", 0) + unverified.exp) / 2
	[valid, header, payload] := io.jwt.decode_verify(token, object.union(checks, {"time": middle * 1000000000}))
	valid
} else := {"problem": "the token's signature does not hold, or it never expires"}

within_leeway(header, payload, issuer) := {"header": header, "payload": payload} if {
	leeway := issuer.leeway_seconds
	leeway > 0
	now := time.now_ns() / 1000000000
	now < payload.exp + leeway
	now >= object.get(payload, "nbf", 0) - leeway
} else := {"problem": "the token is past its time or ahead of it"}

# A token that is bound to a key of its holder (`cnf`, RFC 7800) is worth nothing without proof of that key, and none is asked
# for here.
complete(payload) if {
	is_number(payload.exp)
	is_string(payload.sub)
	payload.sub != ""
	not payload.cnf
}

# What an issuer promises beside: the type of its tokens (RFC 9068 calls access tokens `at+jwt`), how long they live, and
# that none is issued in the future.
fits_issuer(found, issuer) if {
	of_type(found.header, object.get(issuer, "types", []))
	short_lived(found.payload, object.get(issuer, "max_lifetime_seconds", 0))
	issued(found.payload, issuer)
}

of_type(_, []) := true

of_type(header, types) if trim_prefix(lower(header.typ), "application/") in types

short_lived(_, 0) := true

short_lived(payload, seconds) if {
	is_number(payload.iat)
	is_number(seconds)
	payload.exp - payload.iat <= seconds
}

issued(_, issuer) if not issuer.refuse_future_iat

issued(payload, issuer) if {
	issuer.refuse_future_iat
	is_number(payload.iat)
	payload.iat <= (time.now_ns() / 1000000000) + object.get(issuer, "leeway_seconds", 0)
}
