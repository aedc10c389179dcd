package gateway.gateway_test

import data.gateway.authz
import data.gateway.denials
import data.gateway.identity
import data.lib.paths

# Routes

test_only_the_operator_says_which_service if {
	reason := "the route does not say to which of the services it leads"
	every service in ["", "unknown"] {
		answer := ask(with_token(request("external", service, "GET", "/orders/1"), alice))
		is_denial(answer, 403, [reason])
		not answer.dynamic_metadata.service
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

test_variants_of_a_route_s_words_are_no_parameters if {
	every segment in ["EXPORT", "Export", "export.json", "export;x", "ｅxport", "export%20", "export ", "x"] {
		document := with_token(request("external", "orders", "GET", concat("/", ["/orders", segment])), alice)
		not ask(document).allowed
	}
	every segment in ["EXPORT", "export.json", "export.x.y", "eXport~", "ｅxport"] {
		document := with_token(request("external", "orders", "GET", concat("/", ["/orders", segment])), alice)
		answer := ask(document) with data.gateway.services.orders.routes.GET as [
			{"name": "order.export", "path": ["orders", "export"], "scopes": ["orders:read"]},
			{"name": "order.read", "path": ["orders", "{order:.+}"], "scopes": ["orders:read"]},
			{"name": "order.read", "path": ["orders", "**"], "scopes": ["orders:read"]},
		]
		is_denial(answer, 403, ["the service has no route with this method and path"])
	}
}

test_words_of_other_methods_routes_are_no_parameters_either if {
	document := with_token(request("external", "orders", "GET", "/orders/import"), alice)
	answer := ask(document) with data.gateway.services.orders.routes as {
		"GET": [{"name": "order.read", "path": ["orders", "{order}"], "scopes": ["orders:read"]}],
		"POST": [{"name": "order.import", "path": ["orders", "import"]}],
	}
	is_denial(answer, 403, ["the service has no route with this method and path"])
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

test_a_route_with_an_unknown_word_permits_nothing if {
	every changes in [{"need_body": true}, {"scopes": "orders:admin"}] {
		list := [object.union({"name": "order.read", "path": ["orders", "{order}"]}, changes)]
		route := authz.decision with input as with_token(read_order, alice)
			with data.gateway.issuers as issuers
			with data.gateway.services.orders.routes.GET as list
		is_denial(route, 403, ["the route's entry has a word or value that is not known"])
	}
	service := authz.decision with input as with_token(read_order, alice)
		with data.gateway.issuers as issuers
		with data.gateway.services.orders.maintainance as []
	is_denial(service, 403, ["the route's entry has a word or value that is not known"])
}

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
