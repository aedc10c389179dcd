package gateway.gateway_test

import data.gateway.authz

# A key of the tests alone; the issuers of the tests have no other.
private_key := {
	"kty": "EC",
	"crv": "P-256",
	"x": "rB_-r6lXHq9Ov_Y1nrV9-pYQfevMIQhLD8go6pv-Qlw",
	"y": "S5dOaHE6l909Fu6tUQl9S8K2FlREk_p_p-o2E5vpsAg",
	"d": "X3K-CZ8CYLnxwiB533a7nfT7WazrDzoevXldYlYBvyM",
}

public_key := object.union(object.remove(private_key, ["d"]), {"kid": "test", "alg": "ES256"})

issuers := {
	"https://customers.test": {
		"realm": "customers",
		"audiences": ["shop"],
		"roles": ["customer"],
		"jwks": {"keys": [public_key]},
	},
	"https://machines.test": {
		"realm": "machines",
		"audiences": ["shop"],
		"roles": ["customer"],
		"jwks": {"keys": [public_key]},
	},
	"https://staff.test": {
		"realm": "staff",
		"audiences": ["shop"],
		"roles": ["support", "manager", "auditor"],
		"jwks": {"keys": [public_key]},
	},
}

secret := "0123456789abcdef0123456789abcdef"

partners := {"acme-1": {
	"partner": "acme",
	"salt": "pepper",
	"hash": crypto.hmac.sha256(secret, "pepper"),
	"permits": {"orders": {"GET": [["orders", "{order}"]], "POST": [["orders"]]}},
}}

api_key := concat(".", ["pk", "acme-1", secret])

bearer(claims) := concat(" ", ["Bearer", io.jwt.encode_sign(
	{"alg": "ES256", "kid": "test"},
	object.union({"aud": "shop", "exp": 4102444800}, claims),
	private_key,
)])

alice := {"iss": "https://customers.test", "sub": "alice", "roles": ["customer"], "scope": "orders:read orders:write"}

carol := {
	"iss": "https://staff.test",
	"sub": "carol",
	"roles": ["support"],
	"region": "eu",
	"scope": "orders:read reports:read",
}

dave := {
	"iss": "https://staff.test",
	"sub": "dave",
	"roles": ["manager"],
	"regions": ["eu", "us"],
	"scope": "orders:read orders:refund catalogue:write reports:read",
	"acr": "urn:shop:mfa",
	"amr": ["pwd", "otp"],
	"auth_time": seconds("2026-11-25T08:59:00Z"),
}

erin := {
	"iss": "https://staff.test",
	"sub": "erin",
	"roles": ["auditor"],
	"clearance": 3,
	"scope": "orders:read",
}

orders_service := "spiffe://shop.example/ns/shop/sa/orders"

ns(at) := time.parse_rfc3339_ns(at)

seconds(at) := ns(at) / 1000000000

# A Wednesday, 10:00 in Berlin and 04:00 in New York.
wednesday := ns("2026-11-25T09:00:00Z")

request(zone, service, method, path) := {
	"attributes": {
		"request": {"http": {"method": method, "path": path, "headers": {}}},
		"contextExtensions": {"zone": zone, "service": service},
	},
	"path": {"decoded_segments": split(trim_prefix(path, "/"), "/"), "ambiguities": []},
	"body": {"state": "empty"},
}

with_headers(document, headers) := object.union(
	document,
	{"attributes": {"request": {"http": {"headers": headers}}}},
)

with_token(document, claims) := with_headers(document, {"authorization": bearer(claims)})

with_caller(document, id) := object.union(document, {"attributes": {"source": {"principal": id}}})

with_body(document, parsed) := object.union(document, {"parsed_body": parsed, "body": {"state": "complete"}})

# What is removed from every request, and these identity headers.
removed_with(names) := sort(names | {
	"authorization",
	"x-api-key",
	"x-http-method",
	"x-http-method-override",
	"x-method-override",
	"x-original-url",
	"x-rewrite-url",
})

ask_at(document, now) := answer if {
	answer := authz.decision with input as document
		with data.gateway.issuers as issuers
		with data.gateway.partners as partners
		with time.now_ns as now
}

ask(document) := ask_at(document, wednesday)

read_order := request("external", "orders", "GET", "/orders/1001")

allowed(document) if {
	answer := ask(document)
	answer.allowed
	answer.reasons == []
	not answer.http_status
}

denied(document, status, reasons) if {
	answer := ask(document)
	is_denial(answer, status, reasons)
}

is_denial(answer, status, reasons) if {
	not answer.allowed
	answer.http_status == status
	answer.reasons == reasons
	not answer.request_headers_to_remove
}
