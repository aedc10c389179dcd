package lib.request_test

import data.lib.request

test_an_empty_request_has_no_parts if {
	every document in [{}, null, [], {"attributes": null}, {"attributes": {"request": {"http": {"headers": "x"}}}}] {
		request.headers == {} with input as document
		request.extensions == {} with input as document
		not request.principal with input as document
		not request.body with input as document
	}
	not request.principal with input as {"attributes": {"source": {"principal": ""}}}
	not request.principal with input as {"attributes": {"source": {"service": "spiffe://shop.example/a"}}}
}

test_the_parts_of_a_request if {
	document := {"attributes": {
		"source": {"principal": "spiffe://shop.example/a"},
		"request": {"http": {"headers": {"x-a": "1"}}},
		"contextExtensions": {"zone": "external"},
	}}
	request.headers == {"x-a": "1"} with input as document
	request.extensions == {"zone": "external"} with input as document
	request.principal == "spiffe://shop.example/a" with input as document
}

whole := {"parsed_body": {"amount": 1}, "truncated_body": false, "body": {"state": "complete"}}

test_a_whole_body_is_given if {
	request.body == {"amount": 1} with input as whole
	request.body == {"amount": 1} with input as object.remove(whole, ["truncated_body"])
	request.body == false with input as object.union(whole, {"parsed_body": false})
}

test_any_other_body_is_none if {
	every changes in [
		{"truncated_body": true},
		{"body": {"state": "truncated"}},
		{"body": {"state": "not_inspected"}},
		{"body": {"state": "empty"}},
		{"parsed_body": null},
	] {
		not request.body with input as object.union(whole, changes)
	}
	not request.body with input as object.remove(whole, ["body"])
	not request.body with input as object.remove(whole, ["parsed_body"])
}
