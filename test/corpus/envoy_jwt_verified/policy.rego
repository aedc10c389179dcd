# As tokens come from outside: signature, issuer and time are checked here, with the secret in the data.
package corpus.envoy_jwt_verified

default allow := false

# METADATA
# entrypoint: true
allow if {
	verified.valid
	some scope in split(verified.claims.scope, " ")
	scope == data.envoy_jwt_verified.scopes[input.attributes.request.http.method]
}

# METADATA
# entrypoint: true
response_headers["x-user"] := verified.claims.sub if allow

response_headers["www-authenticate"] := "Bearer" if not allow

verified := {"valid": valid, "claims": claims} if {
	token := trim_prefix(input.attributes.request.http.headers.authorization, "Bearer ")
	[valid, _, claims] := io.jwt.decode_verify(token, {
		"secret": data.envoy_jwt_verified.secret,
		"alg": "HS256",
		"iss": data.envoy_jwt_verified.issuer,
	})
}
