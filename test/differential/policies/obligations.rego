# Every obligation in every form. A request asks for a case by name; others get one by the length of their method.
package differential.obligations

import input.attributes.request.http

decision := cases[asked]

decision := cases[names[count(http.method) % count(names)]] if not cases[asked]

asked := object.get(http.headers, "x-case", "")

hundred := "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

thousand := replace("xxxxxxxxxx", "x", hundred)

names := ["headers-object", "denied-everything", "metadata", "allowed-everything", "denied-plain"]

cases := {
	"allowed-plain": {"allowed": true},
	"denied-plain": {"allowed": false},
	"allowed-everything": {
		"allowed": true,
		"headers": {"x-user": "alice", "x-roles": ["a", "b", "c"]},
		"request_headers_to_remove": ["x-internal", "x-debug"],
		"response_headers_to_add": {"x-answered-by": "policy", "x-many": ["1", "2"]},
		"query_parameters_to_set": {"tenant": "t1", "tag": ["a", "b"]},
		"query_parameters_to_remove": ["debug", "trace"],
		"dynamic_metadata": {"who": "alice"},
		"body": "not for an allowed request",
		"http_status": 418,
	},
	"denied-everything": {
		"allowed": false,
		"headers": {"x-why": "because", "x-list": ["1", "2"]},
		"body": "{\"error\": \"no — é 漢\"}",
		"http_status": 429,
		"dynamic_metadata": {"reasons": ["a", "b"], "score": 0.5},
		"request_headers_to_remove": ["x-internal"],
		"response_headers_to_add": {"x-answered-by": "policy"},
		"query_parameters_to_set": {"tenant": "t1"},
		"query_parameters_to_remove": ["debug"],
	},
	"headers-object": {"allowed": true, "headers": {"x-one": "1", "X-Upper": "Case", "x-text": "a b\tc; d=\"e\""}},
	"headers-list": {"allowed": true, "headers": [{"x-one": "1"}, {"x-two": "2", "x-three": "3"}, {"x-one": "again"}]},
	"headers-list-of-lists": {"allowed": true, "headers": [{"x-one": ["1", "2"]}, {"x-one": ["3"]}]},
	"headers-of-nothing": {"allowed": true, "headers": {}},
	"headers-list-of-nothing": {"allowed": true, "headers": []},
	"headers-empty-list": {"allowed": true, "headers": {"x-one": []}},
	"headers-case": {"allowed": true, "headers": {"x-one": "lower", "X-One": "upper"}},
	"header-obs-text": {"allowed": true, "headers": {"x-name": "Zoë"}},
	"header-padded": {"allowed": true, "headers": {"x-name": " padded "}},
	"header-empty": {"allowed": true, "headers": {"x-user": "", "x-other": "kept"}},
	"header-empty-in-list": {"allowed": true, "headers": {"x-user": ["", "b"]}},
	"denied-header-empty": {"allowed": false, "headers": {"x-user": "", "x-other": "kept"}},
	"response-header-empty": {"allowed": true, "response_headers_to_add": {"x-user": "", "x-other": "kept"}},
	"response-list": {"allowed": true, "response_headers_to_add": [{"x-one": "1"}, {"x-one": "2"}]},
	"response-cookies": {"allowed": true, "response_headers_to_add": {"set-cookie": ["a=1", "b=2"]}},
	"denied-cookies": {"allowed": false, "headers": {"set-cookie": ["a=1", "b=2"], "location": "https://login.example/"}, "http_status": 302},
	"headers-cookies": {"allowed": true, "headers": {"cookie": ["a=1", "b=2"]}},
	"headers-too-long": {"allowed": true, "headers": {"x-long": replace("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "x", thousand)}},
	"headers-cookie": {"allowed": true, "headers": {"set-cookie": "a=1", "cookie": "a=1"}},
	"remove-nothing": {"allowed": true, "request_headers_to_remove": []},
	"remove-case": {"allowed": true, "request_headers_to_remove": ["X-Upper", "x-upper", "x-upper"]},
	"query-plain": {"allowed": true, "query_parameters_to_set": {"a": "", "b": [], "c": ["", "x"], "d[]": "1", "e%20": "~%26"}},
	"query-nameless": {"allowed": true, "query_parameters_to_set": {"": "x"}},
	"query-name-unescaped": {"allowed": true, "query_parameters_to_set": {"a b": "x"}},
	"query-value-unescaped": {"allowed": true, "query_parameters_to_set": {"a": "x&admin=true"}},
	"query-value-beyond-ascii": {"allowed": true, "query_parameters_to_set": {"a": ["x", "ü"]}},
	"query-value-bad-escape": {"allowed": true, "query_parameters_to_set": {"a": "%zz"}},
	"query-value-cut-escape": {"allowed": true, "query_parameters_to_set": {"a": "x%4"}},
	"query-name-bad-escape": {"allowed": true, "query_parameters_to_set": {"%zz": "a"}},
	"query-name-equals": {"allowed": true, "query_parameters_to_set": {"a=b": "c"}},
	"query-value-quote": {"allowed": true, "query_parameters_to_set": {"a": "\""}},
	"query-value-angle": {"allowed": true, "query_parameters_to_set": {"a": "<b>"}},
	"query-value-backslash": {"allowed": true, "query_parameters_to_set": {"a": "\\"}},
	"query-value-caret": {"allowed": true, "query_parameters_to_set": {"a": "^"}},
	"query-value-backtick": {"allowed": true, "query_parameters_to_set": {"a": "`"}},
	"query-value-brace": {"allowed": true, "query_parameters_to_set": {"a": "{b|c}"}},
	"query-value-all": {"allowed": true, "query_parameters_to_set": {"a-._~": "!$'()*+,=:@/?[]%2f"}},
	"query-remove": {"allowed": true, "query_parameters_to_remove": ["", "a", "a", "ü"]},
	"query-nothing": {"allowed": true, "query_parameters_to_set": {}, "query_parameters_to_remove": []},
	"status-200": {"allowed": false, "http_status": 200},
	"status-204": {"allowed": false, "http_status": 204, "body": ""},
	"status-204-body": {"allowed": false, "http_status": 204, "body": "x"},
	"status-205-body": {"allowed": false, "http_status": 205, "body": "x"},
	"status-304": {"allowed": false, "http_status": 304},
	"status-304-body": {"allowed": false, "http_status": 304, "body": "x"},
	"status-308": {"allowed": false, "http_status": 308, "headers": {"location": "/"}},
	"status-400": {"allowed": false, "http_status": 400},
	"status-404": {"allowed": false, "http_status": 404, "body": "\u0000\n"},
	"status-421": {"allowed": false, "http_status": 421},
	"status-422": {"allowed": false, "http_status": 422},
	"status-451": {"allowed": false, "http_status": 451},
	"status-500": {"allowed": false, "http_status": 500},
	"status-503": {"allowed": false, "http_status": 503},
	"status-511": {"allowed": false, "http_status": 511},
	"metadata": {"allowed": true, "dynamic_metadata": {
		"numbers": [0, -1, 1.5, 1e3, 12345678901234567890, 0.1],
		"null": null, "true": true, "text": "é 漢 😀", "nested": {"list": [[], {}, [1, [2]]], "": "no name"},
	}},
	"metadata-empty": {"allowed": false, "dynamic_metadata": {}},
	"metadata-sets": {"allowed": true, "dynamic_metadata": {"set": {"b", "a"}}},
	"metadata-decision-id": {"allowed": true, "dynamic_metadata": {"decision_id": "mine", "other": 1}},
	"metadata-portcullis": {"allowed": true, "dynamic_metadata": {"portcullis": {"status": "mine"}, "other": 1}},
	"reasons": {"allowed": false, "reason": "first", "reasons": ["second", "third"]},
	"unknown-members": {"allowed": true, "reasons": ["x"], "status_code": 500, "what": {"else": true}},
	"sets": {"allowed": true, "request_headers_to_remove": {"x-b", "x-a"}, "headers": {"x-set": {"2", "1"}}},
	"long": {"allowed": false, "body": replace("xxxxxxxxxxxxxxxxxxxx", "x", thousand)},
}
