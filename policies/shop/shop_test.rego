package shop.shop_test

import data.shop.authz
import data.shop.identity

# A key of the tests alone. The shop's own keys are replaced by it, so that the tests can make any token.
private_key := {
	"kty": "EC",
	"crv": "P-256",
	"kid": "test",
	"x": "rB_-r6lXHq9Ov_Y1nrV9-pYQfevMIQhLD8go6pv-Qlw",
	"y": "S5dOaHE6l909Fu6tUQl9S8K2FlREk_p_p-o2E5vpsAg",
	"d": "X3K-CZ8CYLnxwiB533a7nfT7WazrDzoevXldYlYBvyM",
}

provider := {
	"issuer": "https://id.test",
	"audience": "shop",
	"jwks": {"keys": [object.remove(private_key, ["d"])]},
}

other_key := {
	"kty": "EC",
	"crv": "P-256",
	"kid": "test",
	"x": "H7zwdpWMS-wH0RvklIOg8rbL3mDTstrXxzeGBh8uwzc",
	"y": "8qNu2srR9sB-XJkCBbrxKalfg4PTL3R861_tmMW1CFA",
	"d": "VUXkGfL8XDQ380HNulV3uYPt8yTcKJM2bv9rAcQU9Ew",
}

hour_ns := ((60 * 60) * 1000) * 1000000

# Wednesday, 2026-11-25, 10:00 in Berlin and 04:00 in New York.
wednesday := time.parse_rfc3339_ns("2026-11-25T09:00:00Z")

claims := {
	"iss": "https://id.test",
	"aud": "shop",
	"sub": "alice",
	"exp": 4102444800,
	"roles": ["customer"],
}

signed(payload, key) := io.jwt.encode_sign({"alg": "ES256", "kid": "test"}, payload, key)

token(overrides) := signed(object.union(claims, overrides), private_key)

order := {
	"service": "orders",
	"path": "/orders/1001",
	"owner": "alice",
	"region": "eu",
	"status": "placed",
	"total": 80,
}

# What the shop answers: who is described by claims, the action, the resource, and when.
ask(who, action, resource, now) := answer if {
	answer := authz.decision with data.shop.identity_provider as provider
		with input as {"subject": {"token": token(who)}, "action": action, "resource": resource}
		with time.now_ns as now
}

get(who, resource) := ask(who, {"method": "GET"}, resource, wednesday)

permitted := {"allowed": true, "reasons": []}

denied(reason) := {"allowed": false, "reasons": [reason]}

same(answer, expected) if object.filter(answer, ["allowed", "reasons"]) == expected

carol := {"sub": "carol", "roles": ["support"], "region": "eu"}

dave := {"sub": "dave", "roles": ["manager"]}

warehouse := {"sub": "warehouse", "roles": ["service"]}

# Everybody

test_anybody_reads_the_catalogue if {
	every path in ["/products", "/products/7"] {
		same(authz.decision, permitted) with input as {
			"action": {"method": "GET"},
			"resource": {"service": "catalogue", "path": path},
		}
	}
}

test_nobody_writes_the_catalogue if {
	same(authz.decision, denied("the operation is not one of the shop's")) with input as {
		"action": {"method": "DELETE"},
		"resource": {"service": "catalogue", "path": "/products"},
	}
}

test_without_input_nothing_is_allowed if {
	same(authz.decision, denied("the operation is not one of the shop's"))
	authz.allow == false
}

test_empty_inputs_are_denied_with_a_reason if {
	every document in [{}, [], null, false, 0, "", {"subject": null}, {"action": {}, "resource": {}}] {
		same(authz.decision, denied("the operation is not one of the shop's")) with input as document
	}
}

# Customers

test_customer_reads_own_order if {
	answer := get({}, order)
	answer == {"allowed": true, "reasons": [], "subject": "alice", "operation": "order.read"}
}

test_customer_does_not_read_orders_of_others if {
	same(get({"sub": "mallory"}, order), denied("the order belongs to somebody else"))
}

test_customer_does_not_read_orders_without_an_owner if {
	same(get({}, object.remove(order, ["owner"])), denied("the order belongs to somebody else"))
}

test_customer_cancels_own_placed_order if {
	same(ask({}, {"method": "DELETE"}, order, wednesday), permitted)
}

test_customer_does_not_cancel_what_is_on_its_way if {
	every resource in [object.union(order, {"status": "shipped"}), object.remove(order, ["status"])] {
		same(
			ask({}, {"method": "DELETE"}, resource, wednesday),
			denied("only orders that are not on their way can be cancelled"),
		)
	}
}

test_customer_does_not_cancel_orders_of_others if {
	same(ask({"sub": "mallory"}, {"method": "DELETE"}, order, wednesday), denied("the order belongs to somebody else"))
}

test_customer_does_not_refund if {
	resource := object.union(order, {"path": "/orders/1001/refund"})
	same(ask({}, {"method": "POST", "amount": 1}, resource, wednesday), denied("no role of yours may do this"))
}

# Support

test_support_reads_orders_of_its_region_in_business_hours if {
	same(get(carol, order), permitted)
}

test_support_does_not_read_orders_of_other_regions if {
	same(get(carol, object.union(order, {"region": "us"})), denied("the order is of another region"))
	same(get(carol, object.remove(order, ["region"])), denied("the order is of another region"))
	same(get(object.remove(carol, ["region"]), order), denied("the order is of another region"))
}

test_business_hours_are_those_of_the_region if {
	us := object.union(carol, {"region": "us"})
	american := object.union(order, {"region": "us"})
	same(get(us, american), denied("outside business hours"))
	same(ask(us, {"method": "GET"}, american, wednesday + (5 * hour_ns)), permitted)
}

test_business_hours_end_and_begin_on_the_hour if {
	table := {
		"2026-11-25T06:59:59Z": false,
		"2026-11-25T07:00:00Z": true,
		"2026-11-25T16:59:59Z": true,
		"2026-11-25T17:00:00Z": false,
		"2026-11-28T09:00:00Z": false,
		"2026-11-29T09:00:00Z": false,
		"2026-11-30T09:00:00Z": true,
	}
	every at, open in table {
		answer := ask(carol, {"method": "GET"}, order, time.parse_rfc3339_ns(at))
		answer.allowed == open
	}
}

test_an_unknown_region_is_never_open if {
	mars := {"region": "mars"}
	same(get(object.union(carol, mars), object.union(order, mars)), denied("outside business hours"))
}

test_support_does_not_cancel if {
	same(ask(carol, {"method": "DELETE"}, order, wednesday), denied("no role of yours may do this"))
}

# Managers

refund(amount) := ask(
	dave,
	{"method": "POST", "amount": amount},
	object.union(order, {"path": "/orders/1001/refund", "total": 900}),
	wednesday,
)

test_manager_reads_any_order if {
	same(get(dave, order), permitted)
}

test_manager_refunds_up_to_the_limit if {
	same(refund(500), permitted)
	same(refund(0.01), permitted)
}

test_manager_does_not_refund_above_the_limit if {
	same(refund(500.01), denied("the refund is above the limit"))
}

test_manager_does_not_refund_nothing_or_less if {
	every amount in [0, -1] {
		same(refund(amount), denied("the refund must be more than nothing and at most what was paid"))
	}
}

test_manager_does_not_refund_more_than_was_paid if {
	resource := object.union(order, {"path": "/orders/1001/refund"})
	reason := "the refund must be more than nothing and at most what was paid"
	same(ask(dave, {"method": "POST", "amount": 81}, resource, wednesday), denied(reason))
	same(ask(dave, {"method": "POST"}, resource, wednesday), denied(reason))
}

test_an_amount_that_is_no_number_is_denied if {
	every amount in ["1", [], null] {
		answer := refund(amount)
		not answer.allowed
		count(answer.reasons) > 0
	}
}

test_sums_that_are_no_numbers_are_never_enough if {
	every total in ["10.00", "900", null, [900], {}, true] {
		resource := object.union(order, {"path": "/orders/1001/refund", "total": total})
		answer := ask(dave, {"method": "POST", "amount": 1}, resource, wednesday)
		same(answer, denied("the refund must be more than nothing and at most what was paid"))
	}
	every limit in ["500", "", null, [500], {}, true] {
		answer := refund(1) with data.shop.refund_limit as limit
		same(answer, denied("the refund is above the limit"))
	}
}

test_hours_that_are_no_numbers_are_never_open if {
	every hours in [{"closes": "18"}, {"closes": null}, {"closes": []}, {"opens": null}, {"opens": false}, {"timezone": ""}] {
		answer := get(carol, order) with data.shop.regions.eu as object.union(data.shop.regions.eu, hours)
		same(answer, denied("outside business hours"))
	}
}

# Services

stock := {"service": "inventory", "path": "/stock"}

test_warehouse_may_get_stock_of_inventory if {
	same(get(warehouse, stock), permitted)
}

test_a_service_makes_only_its_own_calls if {
	reason := "this service may not make this call"
	same(get(warehouse, {"service": "orders", "path": "/orders"}), denied(reason))
	same(get(object.union(warehouse, {"sub": "unknown"}), stock), denied(reason))
	same(get(warehouse, object.union(stock, {"service": "orders"})), denied(reason))
	same(ask(warehouse, {"method": "POST"}, stock, wednesday), denied(reason))
}

test_people_do_not_make_calls_of_services if {
	same(get({}, stock), denied("no role of yours may do this"))
}

# Roles

test_one_of_several_roles_is_enough if {
	same(get({"sub": "erin", "roles": ["customer", "manager"]}, order), permitted)
}

test_every_role_explains_its_denial if {
	answer := get({"sub": "erin", "roles": ["customer", "support"], "region": "us"}, order)
	answer.reasons == ["the order belongs to somebody else", "the order is of another region"]
}

test_without_a_known_role_nothing_is_allowed if {
	every roles in [[], ["admin"], "customer", null] {
		same(get({"roles": roles}, order), denied("no role of yours may do this"))
	}
}

test_a_role_without_conditions_permits_nothing if {
	answer := get({"roles": ["auditor"]}, order) with data.shop.roles as {"auditor": ["order.read"]}
	same(answer, denied("nothing permits this operation"))
}

# Tokens

present(text, now) := answer if {
	answer := authz.decision with data.shop.identity_provider as provider
		with input as {"subject": {"token": text}, "action": {"method": "GET"}, "resource": order}
		with time.now_ns as now
}

test_a_token_is_needed if {
	answer := authz.decision with input as {"action": {"method": "GET"}, "resource": order}
	same(answer, denied("a token is needed"))
	not answer.subject
}

# Verification reads the real clock, whatever time.now_ns is replaced by: vectors.yaml has the moments in between.
test_tokens_that_are_not_accepted if {
	not_accepted := denied("the token is not accepted")
	every text in [
		"",
		"x",
		"a.b.c",
		42,
		signed(claims, other_key),
		token({"aud": "bank"}),
		token({"iss": "https://id.evil"}),
		token({"exp": 1600000000}),
		token({"nbf": 4102444000}),
		token({"sub": 1}),
		signed(object.remove(claims, ["exp"]), private_key),
		signed(object.remove(claims, ["sub"]), private_key),
		signed(object.remove(claims, ["aud"]), private_key),
		signed(object.remove(claims, ["iss"]), private_key),
		io.jwt.encode_sign({"alg": "HS256"}, claims, {"kty": "oct", "k": "c2VjcmV0"}),
		"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
	] {
		same(present(text, wednesday), not_accepted)
	}
}

test_without_an_accepted_token_there_is_no_identity if {
	not identity.roles with input as {"subject": {"token": "x"}}
	not identity.claims with input as {}
}

# Operations

test_only_exact_paths_are_operations if {
	table := [
		["orders", "GET", "/orders/1", "order.read"],
		["orders", "DELETE", "/orders/1", "order.cancel"],
		["orders", "POST", "/orders/1/refund", "order.refund"],
		["catalogue", "GET", "/products/1", "catalogue.read"],
		["orders", "GET", "/orders", "service.call"],
		["orders", "GET", "/orders/", "none"],
		["orders", "GET", "orders/1", "none"],
		["orders", "GET", "//orders/1", "none"],
		["orders", "GET", "/orders//1", "none"],
		["orders", "GET", "/orders/..", "none"],
		["orders", "GET", "/orders/./1", "none"],
		["orders", "GET", "/orders/1/refund", "none"],
		["orders", "POST", "/orders/1", "none"],
		["orders", "POST", "/orders/1/refunds", "none"],
		["orders", "get", "/orders/1", "none"],
		["catalogue", "GET", "/products/1/2", "none"],
		["catalogue", "GET", "/orders/1", "none"],
		["other", "GET", "/orders/1", "none"],
	]
	every row in table {
		[service, method, path, expected] := row
		document := {"action": {"method": method}, "resource": {"service": service, "path": path}}
		name := object.get(data.shop.operations, "name", "none") with input as document
		name == expected
	}
}
