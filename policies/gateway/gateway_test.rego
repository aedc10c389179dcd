package gateway.gateway_test

import data.gateway.authz
import data.gateway.denials
import data.gateway.identity
import data.lib.paths

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

# Public routes

test_anybody_reads_public_routes if {
	ask(request("external", "catalogue", "GET", "/products/7")) == {
		"allowed": true,
		"reasons": [],
		"headers": {
			"x-auth": "anonymous",
			"x-rate-class": "read",
			"x-rate-tier": "anonymous",
			"x-route": "product.read",
			"x-zone": "external",
		},
		"request_headers_to_remove": ["authorization", "x-api-key", "x-realm", "x-roles", "x-user"],
		"response_headers_to_add": {},
		"dynamic_metadata": {
			"service": "catalogue",
			"route": "product.read",
			"zone": "external",
			"tier": "anonymous",
		},
	}
}

test_public_routes_look_at_no_credentials if {
	plain := request("external", "catalogue", "GET", "/products")
	every headers in [{"authorization": "Bearer x"}, {"x-api-key": "x"}, {"authorization": bearer(alice)}] {
		ask(with_headers(plain, headers)) == ask(plain)
	}
}

test_only_listed_routes_are_public if {
	denied(request("external", "catalogue", "PUT", "/products/7"), 401, ["credentials are needed"])
	answer := authz.decision with input as request("external", "catalogue", "GET", "/products/7")
		with data.gateway.public as {}
	is_denial(answer, 401, ["credentials are needed"])
}

test_public_routes_stay_within_the_flows if {
	answer := authz.decision with input as request("external", "catalogue", "GET", "/products/7")
		with data.gateway.flows as {"external": {"external": ["token"]}}
	is_denial(answer, 401, ["credentials are needed"])
}

# Tokens

test_a_customer_reads_an_order if {
	ask(with_token(read_order, alice)) == {
		"allowed": true,
		"reasons": [],
		"headers": {
			"x-auth": "token",
			"x-user": "alice",
			"x-realm": "customers",
			"x-roles": "customer",
			"x-rate-class": "read",
			"x-rate-tier": "standard",
			"x-route": "order.read",
			"x-zone": "external",
		},
		"request_headers_to_remove": ["authorization", "x-api-key"],
		"response_headers_to_add": {},
		"dynamic_metadata": {
			"service": "orders",
			"route": "order.read",
			"zone": "external",
			"subject": "alice",
			"realm": "customers",
			"tier": "standard",
		},
	}
}

test_without_credentials_a_client_is_asked_for_a_token if {
	answer := ask(read_order)
	is_denial(answer, 401, ["credentials are needed"])
	answer.headers == {"www-authenticate": `Bearer realm="shop"`}
	answer.dynamic_metadata == {"service": "orders", "route": "order.read", "zone": "external"}
}

test_tokens_that_are_not_accepted if {
	table := {
		"Basic YWxpY2U6": "the Authorization header holds no bearer token",
		"Bearer x": "the token cannot be read",
		bearer(object.union(alice, {"iss": "https://evil.test"})): "the token is of an issuer that is not known",
		bearer(object.union(alice, {"aud": "bank"})): "the token is for another audience",
		bearer(object.union(alice, {"exp": 1600000000})): "the token is past its time or ahead of it",
		bearer(object.union(alice, {"sub": "a b"})): "the token's subject cannot stand in a header",
	}
	every header, reason in table {
		answer := ask(with_headers(read_order, {"authorization": header}))
		is_denial(answer, 401, [reason])
		answer.headers == {"www-authenticate": `Bearer realm="shop", error="invalid_token"`}
		not answer.dynamic_metadata.subject
	}
}

test_two_credentials_are_none if {
	both := with_headers(with_token(read_order, alice), {"x-api-key": api_key})
	denied(both, 401, ["more than one credential"])
}

test_an_issuer_vouches_for_its_own_roles_only if {
	refund := with_body(request("external", "orders", "POST", "/orders/1/refund"), {"amount": 1, "currency": "EUR"})
	pretender := object.union(dave, {"iss": "https://customers.test"})
	denied(with_token(refund, pretender), 403, ["no role of the caller may do this"])
}

test_roles_that_are_no_list_are_none if {
	every roles in ["customer", null, 7, {}, [], ["unknown"], [7]] {
		denied(with_token(read_order, object.union(alice, {"roles": roles})), 403, ["no role of the caller may do this"])
	}
}

test_scopes_are_needed_beside_roles if {
	answer := ask(with_token(read_order, object.union(alice, {"scope": "orders:write"})))
	is_denial(answer, 403, ["the token lacks the scope orders:read"])
	answer.headers == {"www-authenticate": `Bearer realm="shop", error="insufficient_scope", scope="orders:read"`}
}

# Zones

test_without_a_zone_nothing_passes if {
	reason := "the trust zone is not known, or its signs contradict each other"
	no_zone := object.remove(read_order.attributes.contextExtensions, ["zone"])
	document := json.remove(with_token(read_order, alice), ["attributes/contextExtensions/zone"])
	no_zone == {"service": "orders"}
	denied(document, 403, [reason])
	denied(with_token(request("moon", "orders", "GET", "/orders/1001"), alice), 403, [reason])
	denied(with_headers(document, {"zone": "internal", "x-zone": "internal"}), 403, [reason])
	denied(with_caller(with_token(read_order, alice), orders_service), 403, [reason])
}

test_closed_zones_are_closed_whatever_is_shown if {
	payment := request("external", "payments", "GET", "/payments/1")
	reason := ["nothing reaches the private zone from the external zone"]
	denied(payment, 403, reason)
	denied(with_token(payment, dave), 403, reason)
}

test_a_zone_takes_only_its_ways_of_identification if {
	denied(
		with_token(request("internal", "payments", "GET", "/payments/1"), dave),
		403,
		["the private zone is not reached from the internal zone by: token"],
	)
	denied(
		with_headers(read_order, {"x-api-key": api_key}),
		403,
		["the internal zone is not reached from the external zone by: api_key"],
	)
}

# Services with certificates

test_a_known_service_passes_by_its_certificate if {
	payment := with_caller(request("internal", "payments", "GET", "/payments/1"), orders_service)
	answer := ask(payment)
	answer.allowed
	answer.headers["x-user"] == orders_service
	answer.headers["x-realm"] == "shop.example"
	answer.headers["x-roles"] == "orders-service"
	answer.headers["x-rate-tier"] == "internal"
}

test_sensitive_answers_are_not_stored if {
	capture := with_caller(request("internal", "payments", "POST", "/payments/1/capture"), orders_service)
	ask(capture).response_headers_to_add == {"cache-control": "no-store"}
}

test_an_unknown_service_does_not if {
	id := "spiffe://shop.example/ns/shop/sa/unknown"
	payment := with_caller(request("internal", "payments", "GET", "/payments/1"), id)
	denied(payment, 401, ["the certificate's identity is not a known service"])
}

test_a_service_does_only_what_its_role_grants if {
	id := "spiffe://vault.shop.example/ns/finance/sa/settlement"
	capture := with_caller(request("private", "payments", "POST", "/payments/1/capture"), id)
	denied(capture, 403, ["no role of the caller may do this"])
}

# Partners

partner_request(method, path) := with_headers(request("partner", "orders", method, path), {"x-api-key": api_key})

test_a_partner_passes_with_its_key if {
	answer := ask(partner_request("GET", "/orders/1001"))
	answer.allowed
	answer.headers["x-user"] == "acme"
	answer.headers["x-realm"] == "partners"
	answer.headers["x-rate-tier"] == "partner"
	answer.request_headers_to_remove == ["authorization", "x-api-key"]
}

test_a_partner_s_record_may_name_a_tier if {
	answer := authz.decision with input as partner_request("GET", "/orders/1001")
		with data.gateway.partners as {"acme-1": object.union(partners["acme-1"], {"tier": "gold"})}
	answer.headers["x-rate-tier"] == "gold"
}

test_a_wrong_key_is_not_accepted if {
	wrong := with_headers(request("partner", "orders", "GET", "/orders/1"), {"x-api-key": "pk.acme-1.guess"})
	answer := ask(wrong)
	is_denial(answer, 401, ["the API key is not accepted"])
	answer.headers == {"www-authenticate": `Bearer realm="shop"`}
}

test_a_partner_stays_within_its_contract if {
	denied(partner_request("GET", "/orders/export"), 403, [
		"no role of the caller may do this",
	])
	denied(partner_request("DELETE", "/orders/1"), 403, [
		"no role of the caller may do this",
		"the partner's contract does not cover this",
	])
	answer := authz.decision with input as partner_request("GET", "/orders/1")
		with data.gateway.partners as {"acme-1": object.remove(partners["acme-1"], ["permits"])}
	is_denial(answer, 403, ["the partner's contract does not cover this"])
}

# Routes

test_only_the_operator_says_which_service if {
	reason := "the route does not say to which of the services it leads"
	every service in ["", "unknown"] {
		denied(with_token(request("external", service, "GET", "/orders/1"), alice), 403, [reason])
	}
	without := json.remove(with_token(read_order, alice), ["attributes/contextExtensions/service"])
	denied(with_headers(without, {"service": "orders", ":authority": "orders"}), 403, [reason])
}

test_only_methods_and_paths_of_the_table if {
	table := [
		["orders", "GET", "/orders"],
		["orders", "get", "/orders/1"],
		["orders", "HEAD", "/orders/1"],
		["orders", "PATCH", "/orders/1"],
		["orders", "GET", "/orders/1/refund"],
		["orders", "GET", "/products/1"],
		["orders", "GET", "/Orders/1"],
		["orders", "POST", "/orders/1/refund/all"],
		["reports", "GET", "/regions/eu/reports"],
		["orders", "", "/orders/1"],
	]
	every row in table {
		document := with_token(request("external", row[0], row[1], row[2]), alice)
		denied(document, 403, ["the service has no route with this method and path"])
	}
}

test_ambiguous_paths_do_not_pass if {
	reason := "the path is missing, or can be read in more than one way"
	every path in [
		{"decoded_segments": ["orders", "1001"], "ambiguities": ["encoded_separator"]},
		{"decoded_segments": ["orders", "1/refund"], "ambiguities": []},
		{"decoded_segments": ["orders", "1001", ""], "ambiguities": []},
		{"ambiguities": []},
	] {
		document := object.union(json.remove(with_token(read_order, alice), ["path"]), {"path": path})
		denied(document, 403, [reason])
	}
}

test_an_empty_request_is_denied_with_all_that_is_missing if {
	every document in [{}, null, [], "", {"attributes": {}}] {
		denied(document, 403, [
			"the path is missing, or can be read in more than one way",
			"the route does not say to which of the services it leads",
			"the trust zone is not known, or its signs contradict each other",
		])
	}
}

test_routes_of_the_table_do_not_hide_each_other if {
	hidden := {[service, method, later.name] |
		some service, method
		list := data.gateway.services[service].routes[method]
		some i, j
		i < j
		later := list[j]
		paths.overlap(list[i].path, later.path)
		more_general(list[i].path, later.path)
	}
	hidden == set()
}

# Whatever fits the second template fits the first.
more_general(first, second) if {
	every i, part in first {
		covers(part, second[i])
	}
}

covers(part, other) if part == other

covers(part, _) if startswith(part, "{")

test_the_tables_name_what_exists if {
	names := {route.name | some route in data.gateway.services[_].routes[_]}
	granted := {name | some name, _ in data.gateway.roles.grants[_]}
	count(names) > 10
	count(granted) >= 10
	granted - names == set()
	{name | some name in data.gateway.public[_]} - names == set()
	{role | some role, _ in data.gateway.roles.grants} - object.keys(data.gateway.roles.inherits) == set()
	{role | some role in data.gateway.roles.inherits[_]} - object.keys(data.gateway.roles.inherits) == set()
	{role | some role in data.gateway.workloads[_]} - object.keys(data.gateway.roles.inherits) == set()
	{role | some role in data.gateway.issuers[_].roles} - object.keys(data.gateway.roles.inherits) == set()
	{route.freeze | some route in data.gateway.services[_].routes[_]} - object.keys(data.gateway.freezes) == set()
}

# Roles and attributes

test_customers_list_their_own_orders if {
	allowed(with_token(request("external", "orders", "GET", "/customers/alice/orders"), alice))
	denied(
		with_token(request("external", "orders", "GET", "/customers/bob/orders"), alice),
		403,
		["the orders are those of another customer"],
	)
}

test_reports_are_regional if {
	report := request("external", "reports", "GET", "/regions/us/reports/2026/11")
	allowed(with_token(report, dave))
	denied(with_token(report, carol), 403, ["the report is of another region"])
	allowed(with_token(request("external", "reports", "GET", "/regions/eu/reports/1"), carol))
}

test_exports_need_clearance if {
	export := request("external", "orders", "GET", "/orders/export")
	allowed(with_token(export, erin))
	denied(with_token(export, object.union(erin, {"clearance": 2})), 403, ["the clearance is too low"])
	denied(with_token(export, object.remove(erin, ["clearance"])), 403, ["the clearance is too low"])
	denied(with_token(export, alice), 403, ["no role of the caller may do this"])
}

# Hours

test_support_works_in_business_hours if {
	document := with_token(read_order, carol)
	allowed(document)
	is_denial(ask_at(document, ns("2026-11-25T17:00:00Z")), 403, ["outside business hours"])
	is_denial(ask_at(document, ns("2026-11-28T09:00:00Z")), 403, ["outside business hours"])
	elsewhere := with_token(read_order, object.union(carol, {"region": "us"}))
	is_denial(ask(elsewhere), 403, ["outside business hours"])
	ask_at(elsewhere, ns("2026-11-25T15:00:00Z")).allowed
	denied(with_token(read_order, object.union(carol, {"region": "mars"})), 403, ["outside business hours"])
	denied(with_token(read_order, object.remove(carol, ["region"])), 403, ["outside business hours"])
}

test_maintenance_closes_a_service if {
	payment := with_caller(request("internal", "payments", "GET", "/payments/1"), orders_service)
	answer := ask_at(payment, ns("2026-11-22T01:30:00Z"))
	is_denial(answer, 503, ["the service is down for maintenance"])
	answer.headers == {"retry-after": "600"}
	ask_at(payment, ns("2026-11-22T03:00:00Z")).allowed
	is_denial(
		ask_at(request("internal", "payments", "GET", "/payments/1"), ns("2026-11-22T01:30:00Z")),
		401,
		["credentials are needed"],
	)
}

test_maintenance_closes_public_routes_too if {
	answer := authz.decision with input as request("external", "catalogue", "GET", "/products")
		with data.gateway.services.catalogue.maintenance as [{"from": "2026-11-25T00:00:00Z", "until": "2026-11-26T00:00:00Z"}]
		with time.now_ns as wednesday
	is_denial(answer, 503, ["the service is down for maintenance"])
}

test_freezes_close_an_operation if {
	update := with_token(request("external", "catalogue", "PUT", "/products/7"), dave)
	allowed(update)
	is_denial(ask_at(update, ns("2026-11-27T00:00:00Z")), 403, ["the operation is frozen for now"])
	ask_at(update, ns("2026-12-01T00:00:00Z")).allowed
}

# Sensitive operations

refund(parsed) := with_body(request("external", "orders", "POST", "/orders/1001/refund"), parsed)

euros(amount) := {"amount": amount, "currency": "EUR"}

test_a_manager_refunds_after_signing_in_strongly if {
	answer := ask(with_token(refund(euros(500)), dave))
	answer.allowed
	answer.response_headers_to_add == {"cache-control": "no-store"}
	answer.headers["x-rate-class"] == "write"
}

test_a_weak_sign_in_is_sent_back if {
	challenge := {"www-authenticate": concat(", ", [
		`Bearer error="insufficient_user_authentication"`,
		`acr_values="urn:shop:mfa"`,
		`max_age="300"`,
	])}
	every changes in [{"acr": "urn:shop:password"}, {"amr": ["pwd"]}, {"amr": null}] {
		answer := ask(with_token(refund(euros(80)), object.union(dave, changes)))
		is_denial(answer, 401, ["the sign-in is not strong enough"])
		answer.headers == challenge
	}
	every auth_time in [seconds("2026-11-25T08:54:59Z"), seconds("2026-11-25T09:00:01Z"), "now", null] {
		answer := ask(with_token(refund(euros(80)), object.union(dave, {"auth_time": auth_time})))
		is_denial(answer, 401, ["the sign-in is too long ago"])
		answer.headers == challenge
	}
}

test_signing_in_again_is_not_asked_for_where_it_would_not_help if {
	weak := object.union(dave, {"acr": "urn:shop:password", "scope": ""})
	denied(with_token(refund(euros(80)), weak), 403, [
		"the sign-in is not strong enough",
		"the token lacks the scope orders:refund",
	])
}

test_amounts_have_bounds if {
	every amount in [0, -1, 500.01, "80", null, [80]] {
		denied(with_token(refund(euros(amount)), dave), 403, ["the amount must be above 0 and at most 500"])
	}
	every currency in ["BTC", "", null] {
		parsed := {"amount": 80, "currency": currency}
		denied(with_token(refund(parsed), dave), 403, ["the currency is not one of the shop's"])
	}
	denied(with_token(refund([]), dave), 403, [
		"the amount must be above 0 and at most 500",
		"the currency is not one of the shop's",
	])
}

test_a_body_that_was_not_read_in_full_permits_nothing if {
	reason := ["the body is needed, and was not given in full"]
	whole := with_token(refund(euros(80)), dave)
	every changes in [
		{"truncated_body": true},
		{"body": {"state": "truncated"}},
		{"body": {"state": "not_inspected"}},
		{"body": {"state": "empty"}},
		{"parsed_body": null},
	] {
		denied(object.union(whole, changes), 403, reason)
	}
	denied(object.remove(whole, ["parsed_body"]), 403, reason)
	denied(object.remove(whole, ["body"]), 403, reason)
}

# Headers

test_identity_headers_of_a_client_do_not_survive if {
	forged := {name: "root" | some name in authz.identity_headers}
	every document in [with_token(read_order, alice), request("external", "catalogue", "GET", "/products")] {
		answer := ask(with_headers(document, forged))
		answer.allowed
		touched := object.keys(answer.headers) | {name | some name in answer.request_headers_to_remove}
		authz.identity_headers - touched == set()
		every value in answer.headers {
			value != "root"
		}
	}
}

# Reasons

test_a_denial_that_no_reason_fits_still_has_one if {
	answer := ask(with_token(read_order, alice)) with data.lib.zones.permits as false
	not answer.allowed
	reasons := authz.reasons with data.gateway.denials.all as set()
	reasons == ["nothing permits this request"]
}

test_reasons_permit_nothing if {
	answer := authz.decision with input as read_order with data.gateway.denials.all as set()
	not answer.allowed
}

test_nobody_is_a_caller_without_a_credential if {
	not identity.caller with input as read_order
	identity.problem == "credentials are needed" with input as read_order
	count(denials.all) > 0 with input as read_order
}
