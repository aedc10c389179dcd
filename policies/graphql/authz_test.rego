package graphql.authz_test

import data.graphql.authz

ask(client, query) := answer if {
	answer := authz.decision with input as {"subject": {"client": client}, "action": {"query": query}}
		with data.graphql.clients as {
			"web": {"query": {"a": true, "b": true, "off": false, "__typename": true}},
			"staff": {"query": {"a": true, "__schema": true, "__type": true}, "mutation": {"set": true}},
		}
		with data.graphql.introspection as {"staff": true}
		with data.graphql.private_fields as {"secret": {}, "mail": {"staff": true}}
		with data.graphql.limits as {"depth": 3, "fields": 6, "aliases": 2, "characters": 300}
}

denied(client, query, reasons) if {
	answer := ask(client, query)
	answer.allowed == false
	answer.reasons == reasons
}

allowed(client, query, size) if {
	answer := ask(client, query)
	answer.allowed == true
	answer.reasons == []
	[answer.size.depth, answer.size.fields, answer.size.aliases] == size
}

test_operations_of_a_client if {
	allowed("web", "{ a }", [1, 1, 0])
	allowed("web", "query Q($x: Int) { a(x: $x) { __typename } b }", [2, 3, 0])
	allowed("staff", "mutation { set { a } }", [2, 2, 0])
	ask("staff", "mutation { set }").operation == "mutation"
}

test_other_types_and_clients if {
	denied("web", "mutation { set }", ["this client may not send a mutation"])
	denied("staff", "subscription { a }", ["this client may not send a subscription"])
	every client in ["nobody", null, 1, ["web"]] {
		denied(client, "{ a }", ["this client may not send a query"])
	}
}

test_top_level_fields if {
	denied("web", "{ a c off d }", [
		"this client may not ask for c",
		"this client may not ask for d",
		"this client may not ask for off",
	])
	denied("web", "{ a: c }", ["this client may not ask for c"])
	hidden := ["top-level fields must not stand in fragments"]
	denied("web", "{ a ...F } fragment F on Query { c }", hidden)
	denied("web", "{ a ... on Query { c } }", hidden)
}

test_private_fields_wherever_they_stand if {
	secret := ["this client may not ask for the field secret"]
	denied("staff", "{ a { secret } }", secret)
	denied("staff", "{ a { x: secret } }", secret)
	denied("staff", "{ a { ... on T { secret } } }", secret)
	denied("staff", "{ a { ...F } } fragment F on T { secret }", secret)
	denied("staff", "{ a } fragment F on T { secret }", secret)
	denied("web", "{ a { mail } }", ["this client may not ask for the field mail"])
	allowed("staff", "{ a { mail } }", [2, 2, 0])
	allowed("web", "{ a(secret: {mail: 1}) { x } }", [2, 2, 0])
}

test_introspection if {
	allowed("staff", "{ __schema { types { name } } }", [3, 3, 0])
	denied("web", `{ __type(name: "T") { name } }`, [
		"this client may not ask for __type",
		"this client may not ask for the schema",
	])
	denied("web", "{ a { __schema } }", ["this client may not ask for the schema"])
}

test_sizes if {
	allowed("web", "{ a { x { y } } }", [3, 3, 0])
	denied("web", "{ a { x { y { z } } } }", ["depth: 4, and at most 3 are permitted"])
	denied("web", "{ a { x { ... on T { z } } } }", ["depth: 4, and at most 3 are permitted"])
	denied("web", "{ a b a b a b a }", ["fields: 7, and at most 6 are permitted"])
	allowed("web", "{ p: a q: b a: a }", [1, 3, 2])
	denied("web", "{ p: a q: a r: a }", ["aliases: 3, and at most 2 are permitted"])
}

test_fragments_count_wherever_they_are_used if {
	allowed("web", "{ a { ...F } b { ...F } } fragment F on T { x: y }", [2, 4, 2])
	denied("web", "{ a { ...F ...F ...F } } fragment F on T { x: y z }", [
		"aliases: 3, and at most 2 are permitted",
		"fields: 7, and at most 6 are permitted",
	])
	allowed("web", "{ a { ...F } } fragment F on T { x { ...G } } fragment G on T { y @skip(if: true) }", [3, 3, 0])
	denied("web", "{ a { ...F } } fragment F on T { x { ...G } } fragment G on T { y { z } }", [
		"depth: 4, and at most 3 are permitted",
	])
}

test_fragments_without_a_size if {
	without := ["fragments are nested too deeply, go in a circle, or are not defined once"]
	denied("web", "{ a { ...F } }", without)
	denied("web", "{ a { ...F } } fragment F on T { ...F }", without)
	denied("web", "{ a { ...F } } fragment F on T { ...G } fragment G on T { ...F }", without)
	denied("web", "{ a { ...F } } fragment F on T { x } fragment F on T { y }", without)
	nested := "fragment F on T { ...G } fragment G on T { ...H } fragment H on T { x }"
	allowed("web", sprintf("{ a { ...F } } %s", [nested]), [2, 2, 0])
	denied("web", sprintf("{ a { ...E } } fragment E on T { ...F } %s", [nested]), without)
}

test_what_is_no_query if {
	long := sprintf("{ a } # %s", [concat("", ["x" | some _ in numbers.range(1, 300)])])
	every query in ["{ a", "a }", "{ a } x", null, 1, {}, long] {
		answer := ask("web", query)
		answer.allowed == false
		answer.reasons == ["the query is too long, or not GraphQL"]
	}
}

test_one_operation if {
	denied("web", "query A { a } query B { a }", ["the document must hold exactly one operation"])
	denied("web", "", ["the document must hold exactly one operation"])
	denied("web", "fragment F on T { x }", ["the document must hold exactly one operation"])
}

test_without_input_nothing_is_allowed if {
	authz.decision == {"allowed": false, "reasons": ["the query is too long, or not GraphQL"]}
}
