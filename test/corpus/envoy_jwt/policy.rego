# Envoy's ext_authz: claims of a token that the mesh has verified already, and the path in segments.
package corpus.envoy_jwt

import input.attributes.request.http as http

default allow := {"allowed": false, "http_status": 403}

# METADATA
# entrypoint: true
allow := {"allowed": true, "headers": {"x-subject": claims.sub}} if {
	granted
} else := {"allowed": false, "http_status": 401} if {
	not claims
}

granted if {
	http.method == "GET"
	segments == ["public"]
}

granted if {
	http.method in {"GET", "HEAD"}
	segments = ["accounts", id]
	id == claims.account
}

granted if {
	http.method == "POST"
	segments = ["accounts", _, "payments"]
	"payer" in claims.roles
	to_number(http.headers["x-amount"]) < 1000
}

segments := split(trim(split(http.path, "?")[0], "/"), "/")

claims := payload if {
	startswith(http.headers.authorization, "Bearer ")
	[_, payload, _] := io.jwt.decode(substring(http.headers.authorization, 7, -1))
}
