# Decisions of the wrong type, asked for by name; everything else is allowed.
package differential.broken

import input.attributes.request.http

decision := cases[http.headers["x-broken"]]

decision := true if not http.headers["x-broken"]

cases := {
	"number": 1,
	"string": "true",
	"null": null,
	"list": [true],
	"empty": {},
	"allow-key": {"allow": true},
	"allowed-string": {"allowed": "true"},
	"allowed-null": {"allowed": null},
	"allowed-number": {"allowed": 1},
	"headers-string": {"allowed": true, "headers": "x-a: b"},
	"headers-number-value": {"allowed": true, "headers": {"x-a": 1}},
	"headers-null-value": {"allowed": true, "headers": {"x-a": null}},
	"headers-mixed-list": {"allowed": true, "headers": {"x-a": ["a", 1]}},
	"headers-list-of-strings": {"allowed": true, "headers": ["x-a"]},
	"headers-asked": {
		"allowed": true,
		"headers": {
			"x-append": {"value": "1", "action": "append"},
			"x-add-if-absent": {"value": "2", "action": "add_if_absent"},
			"x-overwrite": {"value": "3", "action": "overwrite"},
		},
		"response_headers_to_add": {
			"x-append": {"value": "1", "action": "append"},
			"x-add-if-absent": {"value": "2", "action": "add_if_absent"},
			"x-overwrite": {"value": "3", "action": "overwrite"},
			"x-overwrite-if-exists": {"value": "4", "action": "overwrite_if_exists"},
		},
	},
	"denied-headers-asked": {"allowed": false, "headers": {"x-append": {"value": "1", "action": "append"}}},
	"headers-asked-wrong": {"allowed": true, "headers": {"x-append": {"value": "1", "action": "remove"}}},
	"headers-asked-number": {"allowed": true, "headers": {"x-append": {"value": 1, "action": "append"}}},
	"headers-null": {"allowed": true, "headers": null},
	"denied-headers-number": {"allowed": false, "headers": {"x-a": 1}},
	"remove-string": {"allowed": true, "request_headers_to_remove": "x-a"},
	"remove-number": {"allowed": true, "request_headers_to_remove": [1]},
	"remove-object": {"allowed": true, "request_headers_to_remove": {"x-a": true}},
	"response-number": {"allowed": true, "response_headers_to_add": 1},
	"response-value-number": {"allowed": true, "response_headers_to_add": {"x-a": [1]}},
	"query-set-list": {"allowed": true, "query_parameters_to_set": ["a"]},
	"query-set-number": {"allowed": true, "query_parameters_to_set": {"a": 1}},
	"query-set-mixed": {"allowed": true, "query_parameters_to_set": {"a": ["b", 1]}},
	"query-remove-string": {"allowed": true, "query_parameters_to_remove": "a"},
	"query-remove-number": {"allowed": true, "query_parameters_to_remove": [1]},
	"body-number": {"allowed": false, "body": 1},
	"body-object": {"allowed": false, "body": {"error": "no"}},
	"body-null": {"allowed": false, "body": null},
	"status-string": {"allowed": false, "http_status": "403"},
	"status-fraction": {"allowed": false, "http_status": 403.5},
	"status-zero": {"allowed": false, "http_status": 0},
	"status-unknown": {"allowed": false, "http_status": 999},
	"status-low": {"allowed": false, "http_status": 99},
	"status-continue": {"allowed": false, "http_status": 100},
	"status-299": {"allowed": false, "http_status": 299},
	"status-418": {"allowed": false, "http_status": 418},
	"status-306": {"allowed": false, "http_status": 306},
	"status-huge": {"allowed": false, "http_status": 1e30},
	"status-exponent": {"allowed": false, "http_status": 4.03e2},
	"metadata-string": {"allowed": true, "dynamic_metadata": "x"},
	"metadata-list": {"allowed": false, "dynamic_metadata": ["x"]},
	"metadata-null": {"allowed": true, "dynamic_metadata": null},
	"metadata-huge": {"allowed": true, "dynamic_metadata": {"n": 1e999}},
	"ignored-when-denied": {"allowed": false, "request_headers_to_remove": 1, "response_headers_to_add": 1, "query_parameters_to_set": 1, "query_parameters_to_remove": 1},
	"ignored-when-allowed": {"allowed": true, "body": 1, "http_status": "no"},
}
