package mesh.mesh_test

import data.lib.paths
import data.lib.spiffe
import data.mesh.authz

id(name) := concat("/", ["spiffe://shop.example/ns/shop/sa", name])

payments := "spiffe://vault.shop.example/ns/finance/sa/payments"

prometheus := "spiffe://shop.example/ns/monitoring/sa/prometheus"

call(caller, called, method, path) := {
	"attributes": {
		"source": {"principal": caller},
		"destination": {"principal": called},
		"request": {"http": {"method": method, "path": path, "headers": {}}},
	},
	"path": {"decoded_segments": split(trim_prefix(path, "/"), "/"), "ambiguities": []},
}

with_headers(document, headers) := object.union(
	document,
	{"attributes": {"request": {"http": {"headers": headers}}}},
)

grpc(caller, called, path, headers) := with_headers(
	call(caller, called, "POST", path),
	object.union({"content-type": "application/grpc"}, headers),
)

ask(document) := answer if answer := authz.decision with input as document

allowed(document, rule) if {
	answer := ask(document)
	answer.allowed
	answer.reasons == []
	answer.dynamic_metadata.rule == rule
	answer.headers["x-caller-rule"] == rule
}

denied(document, reasons) if {
	answer := ask(document)
	not answer.allowed
	answer.reasons == reasons
	answer.http_status == 403
	not answer.headers
	not answer.dynamic_metadata.rule
}

no_rule := ["no rule of this caller fits method, path and headers"]

no_rules := ["no rule lets this caller ask anything of this service"]

test_the_warehouse_may_get_stock_of_the_inventory if {
	ask(call(id("warehouse"), id("inventory"), "GET", "/stock")) == {
		"allowed": true,
		"reasons": [],
		"headers": {"x-caller": id("warehouse"), "x-caller-rule": "stock.read"},
		"request_headers_to_remove": [
			"x-http-method",
			"x-http-method-override",
			"x-method-override",
			"x-original-url",
			"x-rewrite-url",
		],
		"dynamic_metadata": {
			"caller": id("warehouse"),
			"destination": id("inventory"),
			"rule": "stock.read",
		},
	}
}

test_methods_and_paths_are_exact if {
	every row in [
		["DELETE", "/stock"],
		["get", "/stock"],
		["POST", "/stock/7"],
		["GET", "/stock/7/history"],
		["GET", "/stocks"],
		["GET", "/Stock"],
		["GET", "/"],
	] {
		denied(call(id("warehouse"), id("inventory"), row[0], row[1]), no_rule)
	}
	allowed(call(id("warehouse"), id("inventory"), "PUT", "/stock/7"), "stock.item")
}

test_callers_do_only_what_is_theirs if {
	denied(call(id("orders"), id("inventory"), "GET", "/stock/7"), no_rule)
	denied(call(id("storefront"), id("inventory"), "GET", "/stock"), no_rules)
	denied(call(id("inventory"), id("warehouse"), "GET", "/stock"), no_rules)
	denied(call(id("unknown"), id("inventory"), "GET", "/stock"), no_rules)
	denied(call(id("warehouse"), id("unknown"), "GET", "/stock"), no_rules)
}

test_a_subtree_is_one_rule if {
	allowed(call(id("storefront"), id("orders"), "DELETE", "/orders/7/items/1"), "order.any")
	denied(call(id("storefront"), id("orders"), "POST", "/orders"), no_rule)
	denied(call(id("storefront"), id("orders"), "GET", "/ordersx/1"), no_rule)
}

# Identities

test_a_caller_needs_an_identity_of_a_trusted_domain if {
	reason := ["the caller shows no identity of a trusted domain"]
	every caller in [
		"",
		"warehouse",
		"spiffe://evil.example/ns/shop/sa/warehouse",
		"spiffe://shop.example.evil/ns/shop/sa/warehouse",
		"https://shop.example/ns/shop/sa/warehouse",
		"CN=warehouse",
		"spiffe://shop.example/ns/shop/sa/../sa/warehouse",
		"spiffe://shop.example/ns/shop/sa/warehouse,spiffe://shop.example/ns/shop/sa/orders",
	] {
		denied(call(caller, id("inventory"), "GET", "/stock"), reason)
	}
	document := call(id("warehouse"), id("inventory"), "GET", "/stock")
	claimed := json.patch(document, [
		{"op": "remove", "path": "attributes/source/principal"},
		{"op": "add", "path": "attributes/source/service", "value": id("warehouse")},
	])
	denied(claimed, reason)
	denied(with_headers(claimed, {"x-forwarded-client-cert": concat("", ["URI=", id("warehouse")])}), reason)
}

test_the_destination_is_the_proxy_s_own_identity_or_the_route_s if {
	document := call(id("warehouse"), id("inventory"), "GET", "/stock")
	by_route := json.patch(document, [
		{"op": "remove", "path": "attributes/destination"},
		{"op": "add", "path": "attributes/contextExtensions", "value": {"destination": id("inventory")}},
	])
	allowed(by_route, "stock.read")
	both := object.union(document, {"attributes": {"contextExtensions": {"destination": id("inventory")}}})
	allowed(both, "stock.read")
	reason := ["the service that is called is not known, or its signs contradict each other"]
	other := object.union(document, {"attributes": {"contextExtensions": {"destination": id("orders")}}})
	denied(other, reason)
	denied(json.remove(document, ["attributes/destination"]), reason)
	denied(object.union(document, {"attributes": {"destination": {"principal": ""}}}), reason)
}

test_the_quarantined_do_nothing if {
	legacy := id("legacy-importer")
	answer := authz.decision with input as call(legacy, id("inventory"), "GET", "/stock")
		with data.mesh.services as {id("inventory"): {"callers": {legacy: [{"name": "a", "methods": ["GET"], "path": ["stock"]}]}}}
	answer == {
		"allowed": false,
		"reasons": ["the caller is quarantined"],
		"http_status": 403,
		"dynamic_metadata": {"caller": legacy, "destination": id("inventory")},
	}
}

test_whatever_stands_in_the_quarantine_is_quarantined if {
	document := call(id("warehouse"), id("inventory"), "GET", "/stock")
	every quarantine in [
		{id("warehouse"): false},
		{id("warehouse"): null},
		{id("warehouse"): {}},
		[id("orders"), id("warehouse")],
		[id("orders"), {"id": id("warehouse")}],
		[null],
		id("warehouse"),
		"",
		null,
		false,
		7,
	] {
		answer := ask(document) with data.mesh.quarantined as quarantine
		not answer.allowed
		answer.reasons == ["the caller is quarantined"]
	}
	every quarantine in [{}, [], [id("orders")], {id("orders"): true}] {
		answer := ask(document) with data.mesh.quarantined as quarantine
		answer.allowed
	}
}

# Namespaces

test_a_namespace_may_ask_all_services_of_others if {
	every called in [id("inventory"), id("anything"), payments] {
		allowed(call(prometheus, called, "GET", "/metrics"), "metrics.read")
	}
}

test_a_namespace_rule_has_its_bounds if {
	denied(call(prometheus, id("inventory"), "POST", "/metrics"), no_rule)
	denied(call(prometheus, id("inventory"), "GET", "/metrics/all"), no_rule)
	denied(call(prometheus, "spiffe://shop.example/ns/monitoring/sa/alerts", "GET", "/metrics"), no_rules)
	denied(call("spiffe://vault.shop.example/ns/monitoring/sa/x", id("inventory"), "GET", "/metrics"), no_rules)
	denied(call("spiffe://shop.example/monitoring/prometheus", id("inventory"), "GET", "/metrics"), no_rules)
	denied(call(id("storefront"), id("inventory"), "GET", "/metrics"), no_rules)
}

# gRPC

reserve := "/shop.inventory.v1.Stock/Reserve"

test_grpc_methods_are_named_by_service_and_method if {
	allowed(grpc(id("warehouse"), id("inventory"), "/shop.inventory.v1.Stock/Watch", {}), "stock.watch")
	allowed(
		grpc(id("warehouse"), id("inventory"), "/shop.inventory.v1.Stock/Get", {"content-type": "application/grpc+proto"}),
		"stock.watch",
	)
	allowed(
		grpc("spiffe://vault.shop.example/ns/finance/sa/settlement", payments, "/shop.payments.v1.Admin/Anything", {}),
		"payment.admin",
	)
	allowed(grpc(prometheus, id("orders"), "/grpc.health.v1.Health/Check", {}), "health.check")
}

test_other_grpc_calls_do_not_pass if {
	every path in [
		reserve,
		"/shop.inventory.v1.Stock",
		"/shop.inventory.v1.Stock/Watch/x",
		"/shop.inventory.v1.stock/Watch",
		"/shop.inventory.v1.StockAdmin/Watch",
	] {
		denied(grpc(id("warehouse"), id("inventory"), path, {}), no_rule)
	}
	denied(grpc(prometheus, payments, "/grpc.health.v1.Health/Check", {}), no_rule)
}

test_only_grpc_is_grpc if {
	watch := "/shop.inventory.v1.Stock/Watch"
	every type in ["application/json", "", "application/grpc-web", "application/grpc, text/plain", "text/application/grpc"] {
		denied(grpc(id("warehouse"), id("inventory"), watch, {"content-type": type}), no_rule)
	}
	denied(call(id("warehouse"), id("inventory"), "POST", watch), no_rule)
	document := grpc(id("warehouse"), id("inventory"), watch, {})
	denied(json.patch(document, [{"op": "replace", "path": "attributes/request/http/method", "value": "GET"}]), no_rule)
}

test_a_grpc_rule_permits_no_plain_request if {
	answer := authz.decision with input as call(id("a"), id("b"), "GET", "/x")
		with data.mesh.services as {id("b"): {"callers": {id("a"): [{"name": "r", "grpc": "x", "methods": ["GET"], "path": ["x"]}]}}}
	not answer.allowed
}

# Header conditions

test_header_conditions_must_hold if {
	allowed(grpc(id("orders"), id("inventory"), reserve, {"x-order-id": "7"}), "stock.reserve")
	every headers in [{}, {"x-order-id": ""}, {"x-order-id": "7", "x-dry-run": "1"}, {"x-order-id": "7", "x-dry-run": ""}] {
		denied(grpc(id("orders"), id("inventory"), reserve, headers), no_rule)
	}
	create := call(id("storefront"), id("orders"), "POST", "/orders")
	allowed(with_headers(create, {"x-tenant": "outlet"}), "order.create")
	denied(with_headers(create, {"x-tenant": "outlet,shop"}), no_rule)
	capture := "/shop.payments.v1.Payments/Capture"
	allowed(grpc(id("orders"), payments, capture, {"x-environment": "production"}), "payment.capture")
	denied(grpc(id("orders"), payments, capture, {"x-environment": "staging"}), no_rule)
	denied(grpc(id("orders"), payments, capture, {}), no_rule)
}

test_unknown_header_conditions_never_hold if {
	every condition in [{}, {"like": "a"}, {"equals": "a", "like": "b"}, {"present": false}, null] {
		answer := authz.decision with input as with_headers(call(id("a"), id("b"), "GET", "/x"), {"x-h": "a"})
			with data.mesh.services as {id("b"): {"callers": {id("a"): [{
				"name": "r",
				"methods": ["GET"],
				"path": ["x"],
				"headers": {"x-h": condition},
			}]}}}
		not answer.allowed
	}
}

test_a_rule_with_an_unknown_word_never_fits if {
	answer := authz.decision with input as call(id("a"), id("b"), "GET", "/x")
		with data.mesh.services as {id("b"): {"callers": {id("a"): [{
			"name": "r",
			"methods": ["GET"],
			"path": ["x"],
			"header": {"x-h": {"present": true}},
		}]}}}
	not answer.allowed
}

rule_of(changes) := {id("b"): {"callers": {id("a"): [object.union(
	{"name": "r", "methods": ["GET"], "path": ["x"]},
	changes,
)]}}}

test_header_names_of_rules_are_in_lower_case if {
	plain := call(id("a"), id("b"), "GET", "/x")
	every condition in [{"absent": true}, {"present": true}] {
		rules := rule_of({"headers": {"X-Dry-Run": condition}})
		every headers in [{}, {"x-dry-run": "1"}, {"X-Dry-Run": "1"}] {
			answer := ask(with_headers(plain, headers)) with data.mesh.services as rules
			not answer.allowed
		}
	}
}

test_another_spelling_of_a_header_meets_no_condition if {
	plain := call(id("a"), id("b"), "GET", "/x")
	every condition in [{"absent": true}, {"present": true}, {"equals": "1"}, {"one_of": ["1"]}] {
		rules := rule_of({"headers": {"x-dry-run": condition}})
		every headers in [
			{"x_dry_run": "1"},
			{"x-dry_run": ""},
			{"x-dry-run": "1", "x_dry_run": "0"},
			{"X-Dry-Run": "1", "x-dry-run": "1"},
		] {
			answer := ask(with_headers(plain, headers)) with data.mesh.services as rules
			not answer.allowed
		}
	}
}

test_a_rule_is_of_one_kind if {
	every grpc in ["x.Y", "", null, false] {
		answer := ask(call(id("a"), id("b"), "GET", "/x")) with data.mesh.services as rule_of({"grpc": grpc})
		not answer.allowed
	}
	both := ask(grpc(id("a"), id("b"), "/x.Y/Get", {}))
		with data.mesh.services as rule_of({"grpc": "x.Y", "methods": ["POST", "Get"], "path": ["x.Y", "Get"]})
	not both.allowed
	every headers in [null, false, "x", [], ["x"]] {
		answer := ask(call(id("a"), id("b"), "GET", "/x")) with data.mesh.services as rule_of({"headers": headers})
		not answer.allowed
	}
}

# A parameter of one caller's rule must not take a word that names another operation of the same service, however it is
# written. Not looked for at run time: a question costs the same with any number of callers.
test_no_parameter_takes_the_word_of_another_rule if {
	every called in data.mesh.services {
		templates := {rule.path | some rule in called.callers[_]}
		every one in templates {
			every other in templates {
				every i, word in other {
					not swallowed(one, other, i, word)
				}
			}
		}
	}
}

swallowed(one, other, i, word) if {
	not startswith(word, "{")
	word != "**"
	count(one) == count(other)
	startswith(one[i], "{")
	paths.captures([one[i]], [upper(word)])
}

swallowed(one, other, i, word) if {
	not startswith(word, "{")
	word != "**"
	count(one) == count(other)
	startswith(one[i], "{")
	paths.captures([one[i]], [word])
}

# Paths and reasons

test_ambiguous_paths_do_not_pass if {
	document := call(id("warehouse"), id("inventory"), "GET", "/stock")
	every path in [{"decoded_segments": ["stock"], "ambiguities": ["empty_segment"]}, {"ambiguities": []}, {}] {
		changed := object.union(object.remove(document, ["path"]), {"path": path})
		denied(changed, ["the path is missing, or can be read in more than one way"])
	}
}

test_an_empty_request_is_denied_with_all_that_is_missing if {
	every document in [{}, null, [], {"attributes": {}}] {
		denied(document, [
			"the caller shows no identity of a trusted domain",
			"the path is missing, or can be read in more than one way",
			"the service that is called is not known, or its signs contradict each other",
		])
	}
}

test_a_denial_that_no_reason_fits_still_has_one if {
	reasons := authz.reasons with data.mesh.authz.denials as set()
	reasons == ["nothing permits this call"]
}

test_a_caller_s_own_header_is_overwritten if {
	answer := ask(with_headers(call(id("warehouse"), id("inventory"), "GET", "/stock"), {"x-caller": id("orders")}))
	answer.headers["x-caller"] == id("warehouse")
}

test_the_tables_are_well_formed if {
	every called, service in data.mesh.services {
		spiffe.trusted(called, data.mesh.trust_domains)
		every caller, rules in service.callers {
			spiffe.trusted(caller, data.mesh.trust_domains)
			every rule in rules {
				well_formed(rule)
			}
		}
	}
	every rules in data.mesh.namespaces {
		every rule in rules {
			well_formed(rule)
		}
	}
}

well_formed(rule) if {
	is_string(rule.name)
	every part in rule.path {
		is_string(part)
	}
}

well_formed(rule) if {
	is_string(rule.name)
	regex.match(`^[a-zA-Z0-9_.]+$`, rule.grpc)
}
