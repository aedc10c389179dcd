# METADATA
# title: Who is asking
# description: >-
#   Claims of the caller's token, and nothing at all unless the token is signed by a key of the identity provider and
#   is of its issuer, for this shop, and valid at this moment.
package shop.identity

# METADATA
# title: The claims of a verified token
# description: Undefined without a token that is accepted. A token that never expires is not accepted.
claims := verified[0]

# A list, which is never undefined: what is undefined is not remembered, and the token would be verified at every mention.
verified := [payload |
	provider := data.shop.identity_provider
	[valid, _, payload] := io.jwt.decode_verify(input.subject.token, {
		"cert": json.marshal(provider.jwks),
		"alg": "ES256",
		"iss": provider.issuer,
		"aud": provider.audience,
	})
	valid
	is_number(payload.exp)
	is_string(payload.sub)
]

subject := claims.sub

# METADATA
# title: The roles that the identity provider vouches for
# description: Empty for a token without roles, undefined without an accepted token.
roles := {role | some role in claims.roles} if claims
