package gateway.gateway_test

import data.gateway.authz
import data.gateway.identity

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
		"request_headers_to_remove": removed_with({"x-realm", "x-roles", "x-user"}),
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

test_without_the_headers_for_the_service_nothing_passes if {
	answer := authz.decision with input as request("external", "catalogue", "GET", "/products/7")
		with data.gateway.tiers as {}
	is_denial(answer, 403, ["nothing permits this request"])
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
		"request_headers_to_remove": removed_with(set()),
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

test_without_a_realm_a_subject_is_nobody if {
	every realm in [null, "", "a b", ["customers"]] {
		unknown := json.patch(issuers, [{"op": "replace", "path": ["https://customers.test", "realm"], "value": realm}])
		answer := authz.decision with input as with_token(read_order, alice) with data.gateway.issuers as unknown
		is_denial(answer, 403, ["nothing permits this request"])
	}
}

test_two_credentials_are_none if {
	both := with_headers(with_token(read_order, alice), {"x-api-key": api_key})
	denied(both, 401, ["more than one credential"])
	not identity.caller with input as both
		with data.gateway.issuers as issuers
		with data.gateway.partners as partners
}

test_an_issuer_vouches_for_its_own_roles_only if {
	refund := with_body(request("external", "orders", "POST", "/orders/1/refund"), {"amount": 1, "currency": "EUR"})
	pretender := object.union(dave, {"iss": "https://customers.test"})
	denied(with_token(refund, pretender), 403, ["no role of the caller may do this"])
}

test_roles_that_are_no_list_are_none if {
	every roles in ["customer", null, 7, {}, [], ["unknown"], [7]] {
		answer := ask(with_token(read_order, object.union(alice, {"roles": roles})))
		is_denial(answer, 403, ["no role of the caller may do this"])
		answer.headers == {}
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
	answer.request_headers_to_remove == removed_with(set())
}

test_a_partner_s_record_may_name_a_tier if {
	answer := authz.decision with input as partner_request("GET", "/orders/1001")
		with data.gateway.partners as {"acme-1": object.union(partners["acme-1"], {"tier": "gold"})}
	answer.headers["x-rate-tier"] == "gold"
}

test_a_partner_whose_name_cannot_stand_in_a_header_does_not_pass if {
	every name in ["Acme, Inc.", "", "äcme", 7] {
		answer := authz.decision with input as partner_request("GET", "/orders/1001")
			with data.gateway.partners as {"acme-1": object.union(partners["acme-1"], {"partner": name})}
		is_denial(answer, 403, ["nothing permits this request"])
	}
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
