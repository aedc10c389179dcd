package graphql.data_test

import data.graphql.authz

tables := {
	"clients": data.graphql.clients,
	"introspection": data.graphql.introspection,
	"private_fields": data.graphql.private_fields,
	"limits": data.graphql.limits,
}

ask(document, given) := answer if {
	answer := authz.decision with input as document
		with data.graphql.clients as given.clients
		with data.graphql.introspection as given.introspection
		with data.graphql.private_fields as given.private_fields
		with data.graphql.limits as given.limits
}

long := sprintf("{ me } # %s", [concat("", ["x" | some _ in numbers.range(1, 8000)])])

# What is denied because of each table.
denied := {
	"clients": [question("web", "{ orders { id } }"), question(0, "{ me }"), question("web", "mutation { refundOrder { id } }")],
	"introspection": [question("web", "{ me { __schema } }"), question(0, "{ me { __schema } }")],
	"private_fields": [question("web", "{ me { email } }"), question("backoffice", "{ me { cardNumber } }")],
	"limits": [
		question("web", "{ me { a { b { c { d { e } } } } } }"),
		question("web", sprintf("{ me { %s } }", [concat(" ", ["a" | some _ in numbers.range(1, 40)])])),
		question("web", "{ a: me b: me c: me d: me e: me }"),
		question("web", long),
	],
}

question(client, query) := {"subject": {"client": client}, "action": {"query": query}}

test_the_questions_are_denied if {
	every document in [document | some document in denied[_]] {
		ask(document, tables).allowed == false
	}
}

# A fault of the data must not open anything: each value in it, whole tables too, is replaced in turn.
test_no_fault_of_the_data_allows_more if {
	every path in {path | walk(tables, [path, _]); count(path) > 0} {
		every fault in [null, "3", ["x", true]] {
			given := json.patch(tables, [{"op": "replace", "path": path, "value": fault}])
			opened := [document | some document in denied[path[0]]; ask(document, given).allowed]
			opened == []
		}
	}
}

test_faults_have_a_reason if {
	query := {"subject": {"client": "web"}, "action": {"query": "{ me }"}}
	limits := "the policy's data has a fault: limits must be numbers for aliases, characters, depth and fields, and nothing else"
	private := "the policy's data has a fault: private_fields must be a table"
	table := [
		[{"private_fields": ["cardNumber"]}, private],
		[{"private_fields": null}, private],
		[{"limits": {"depth": "3"}}, limits],
		[{"limits": {"complexity": 3}}, limits],
		[{"limits": null}, limits],
	]
	every row in table {
		answer := ask(query, object.union(tables, row[0]))
		answer.allowed == false
		row[1] in answer.reasons
	}
	ask(query, object.union(tables, {"limits": {"characters": "9000"}})).reasons == [limits, "the query is too long, or not GraphQL"]
	ask(query, tables).allowed == true
}

test_without_a_table_nothing_is_allowed if {
	answer := authz.decision with input as {"subject": {"client": "web"}, "action": {"query": "{ me }"}}
		with data.graphql.private_fields as false
	answer.allowed == false
}
