# The plugin's documented example for Istio: user names from basic authentication, roles, and permissions by method and raw path.
package differential.roles

import input.attributes.request.http

default allow := false

allow if {
	input.parsed_path[0] == "health"
	http.method == "GET"
}

allow if {
	some role in roles[user_name]
	some permission in permissions[role]
	permission.method == http.method
	permission.path == http.path
}

user_name := parsed if {
	[_, encoded] := split(http.headers.authorization, " ")
	[parsed, _] := split(base64url.decode(encoded), ":")
}

roles := {"alice": ["guest"], "bob": ["admin"]}

permissions := {
	"guest": [{"method": "GET", "path": "/productpage"}],
	"admin": [
		{"method": "GET", "path": "/productpage"},
		{"method": "GET", "path": "/api/v1/products"},
	],
}
