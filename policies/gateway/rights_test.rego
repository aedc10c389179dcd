package gateway.gateway_test

import data.gateway.authz

# Roles and attributes

test_customers_list_their_own_orders if {
	allowed(with_token(request("external", "orders", "GET", "/customers/alice/orders"), alice))
	denied(
		with_token(request("external", "orders", "GET", "/customers/bob/orders"), alice),
		403,
		["the orders are those of another customer"],
	)
}

# A subject is somebody only together with the realm that vouches for it.
test_a_namesake_of_another_realm_is_somebody_else if {
	list := request("external", "orders", "GET", "/customers/alice/orders")
	namesake := object.union(alice, {"iss": "https://machines.test"})
	denied(with_token(list, namesake), 403, ["the orders are those of another customer"])
	claimed := object.union(namesake, {"realm": "customers"})
	denied(with_token(list, claimed), 403, ["the orders are those of another customer"])
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

test_a_grant_with_an_unknown_word_permits_nothing if {
	answer := ask(with_token(read_order, alice))
		with data.gateway.roles.grants as {"customer": {"order.read": {"when": []}}}
	is_denial(answer, 403, ["the role's grant has a word or value that is not known"])
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
	misspelt := ask(update) with data.gateway.freezes as {"price": []}
	is_denial(misspelt, 403, ["the operation is frozen for now"])
	unnamed := request("external", "catalogue", "PUT", "/products/7")
	is_denial(ask_at(unnamed, ns("2026-11-27T00:00:00Z")), 401, ["credentials are needed"])
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
	nobody := object.union(dave, {"acr": "urn:shop:password", "roles": ["support"]})
	denied(with_token(refund(euros(80)), nobody), 403, [
		"no role of the caller may do this",
		"the sign-in is not strong enough",
	])
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

test_nobody_learns_more_than_that_credentials_are_needed if {
	denied(request("external", "orders", "POST", "/orders/1001/refund"), 401, ["credentials are needed"])
}

test_a_needed_body_is_needed_whatever_the_conditions_say if {
	whole := with_token(refund(euros(80)), dave)
	unconditional := {"manager": {"order.refund": {}}}
	answer := ask(object.remove(whole, ["parsed_body"])) with data.gateway.roles.grants as unconditional
	is_denial(answer, 403, ["the body is needed, and was not given in full"])
	permitted := ask(whole) with data.gateway.roles.grants as unconditional
	permitted.allowed
}

# Nothing else of this route looks at the body, so only `allow` itself can deny it.
test_a_needed_body_is_asked_for_by_allow_itself if {
	routes := [{"name": "order.read", "path": ["orders", "{order}"], "needs_body": true}]
	every body in [
		{"parsed_body": {"a": 1}, "body": {"state": "truncated"}},
		{"parsed_body": {"a": 1}, "body": {"state": "not_inspected"}},
		{"parsed_body": {"a": 1}, "body": {"state": "complete"}, "truncated_body": true},
		{"parsed_body": null, "body": {"state": "complete"}},
		{"parsed_body": null, "body": {"state": "not_inspected"}},
		{"body": {"state": "empty"}},
	] {
		document := object.union(with_token(read_order, alice), body)
		answer := ask(document) with data.gateway.services.orders.routes.GET as routes
		is_denial(answer, 403, ["the body is needed, and was not given in full"])
	}
	whole := ask(with_body(with_token(read_order, alice), {"a": 1}))
		with data.gateway.services.orders.routes.GET as routes
	whole.allowed
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
