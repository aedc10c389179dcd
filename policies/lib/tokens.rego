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
# title: The claims of a token that is accepted
# description: Undefined for any other. An accepted token has a subject and an end, and is bound to no key of its holder.
claims(token, issuers) := payload if {
	checks := constraints(token, issuers)
	payload := current(token, checks, issuers[checks.iss])
	complete(payload)
	fits_issuer(payload, token, issuers[checks.iss])
}

# METADATA
# title: The scopes of a token
# description: From `scope` (RFC 8693), `scp` or `scopes`, each a list or a string of words.
scopes(payload) := union({words(object.get(payload, name, [])) | some name in ["scope", "scp", "scopes"]})

words(value) := {word | some word in split(value, " "); word != ""} if {
	is_string(value)
} else := {word | some word in value; is_string(word)} if {
	is_array(value)
} else := set()

# What io.jwt.decode_verify must demand of a token. Issuer, key id and audience are read from the token to find the demands;
# they count once the token is verified against them.
constraints(token, issuers) := {
	"cert": json.marshal(key),
	"alg": key.alg,
	"iss": payload.iss,
	"aud": min(meant_for),
} if {
	[header, payload, _] := io.jwt.decode(token)
	issuer := issuers[payload.iss]
	understood(issuer)
	key := key_of(header, issuer.jwks.keys)
	meant_for := audiences(payload) & {audience | some audience in issuer.audiences}
}

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

# METADATA
# title: The claims of a token that is verified and valid now
# description: >-
#   First without leeway: io.jwt.decode_verify reads the clock itself and tells the cache from when until when its answer
#   holds. Only a token that is past its time or ahead of it is looked at again with the issuer's leeway, and only if all
#   else holds: those few answers read the clock and are not cached.
current(token, checks, issuer) := payload if {
	[valid, _, payload] := io.jwt.decode_verify(token, checks)
	valid
} else := payload if {
	leeway := issuer.leeway_seconds
	leeway > 0
	payload := signed(token, checks)
	now := time.now_ns() / 1000000000
	now < payload.exp + leeway
	now >= object.get(payload, "nbf", 0) - leeway
}

# The claims of a token whose signature, issuer and audience hold, whatever the time is: verified as of the middle of its life.
signed(token, checks) := payload if {
	[_, unverified, _] := io.jwt.decode(token)
	middle := (object.get(unverified, "nbf", 0) + unverified.exp) / 2
	[valid, _, payload] := io.jwt.decode_verify(token, object.union(checks, {"time": middle * 1000000000}))
	valid
}

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
fits_issuer(payload, token, issuer) if {
	of_type(token, object.get(issuer, "types", []))
	short_lived(payload, object.get(issuer, "max_lifetime_seconds", 0))
	issued(payload, issuer)
}

of_type(_, []) := true

of_type(token, types) if {
	[header, _, _] := io.jwt.decode(token)
	trim_prefix(lower(header.typ), "application/") in types
}

short_lived(_, 0) := true

short_lived(payload, seconds) if {
	is_number(payload.iat)
	is_number(seconds)
	payload.exp - payload.iat <= seconds
}

issued(_, issuer) if not issuer.refuse_future_iat

issued(payload, issuer) if {
	issuer.refuse_future_iat
	payload.iat <= (time.now_ns() / 1000000000) + object.get(issuer, "leeway_seconds", 0)
}

# METADATA
# title: Why a token is not accepted
# description: For logs. Meaningful only where `claims` is undefined; it permits nothing.
problem(token, issuers) := "the token cannot be read" if {
	not io.jwt.decode(token)
} else := "the token is of an issuer that is not known" if {
	not issuers[io.jwt.decode(token)[1].iss]
} else := "the issuer's entry has a word that is not known" if {
	not understood(issuers[io.jwt.decode(token)[1].iss])
} else := "the token names no key of its issuer, or another algorithm than the key's" if {
	[header, payload, _] := io.jwt.decode(token)
	not key_of(header, issuers[payload.iss].jwks.keys)
} else := "the token is for another audience" if {
	not constraints(token, issuers)
} else := "the token's signature does not hold, or it never expires" if {
	not signed(token, constraints(token, issuers))
} else := "the token is past its time or ahead of it" if {
	checks := constraints(token, issuers)
	not current(token, checks, issuers[checks.iss])
} else := "the token lacks what its issuer's tokens must have"
