package database.data_test

import data.database.access

tables := {
	"spiffe_ids": data.database.spiffe_ids,
	"named_services": data.database.named_services,
	"databases": data.database.databases,
	"grants": data.database.grants,
	"tickets": data.database.tickets,
	"ticket_rules": data.database.ticket_rules,
}

now := time.parse_rfc3339_ns("2026-11-25T10:00:00Z")

# What is permitted, with masks and rows: undefined when nothing is.
asked(document) := answer if {
	answer := access.permission with input as document with time.now_ns as now
}

# The same with another table in place of one.
asked_with("spiffe_ids", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.spiffe_ids as given
}

asked_with("named_services", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.named_services as given
}

asked_with("databases", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.databases as given
}

asked_with("grants", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.grants as given
}

asked_with("tickets", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.tickets as given
}

asked_with("ticket_rules", document, given) := answer if {
	answer := access.permission with input as document
		with time.now_ns as now
		with data.database.ticket_rules as given
}

question(subject, operation, schema, table, columns, instance) := {
	"subject": subject,
	"action": {"operation": operation, "columns": columns},
	"resource": {"database": "shop", "schema": schema, "table": table, "instance": instance},
}

orders := {"spiffe_id": "spiffe://shop.example/ns/shop/sa/orders"}

billing := {"spiffe_id": "spiffe://shop.example/ns/shop/sa/billing"}

carol := {"spiffe_id": "spiffe://shop.example/ns/platform/sa/dba-console", "user": "carol"}

under_ticket(subject, operation, schema) := object.union(
	question(subject, operation, schema, "customers", null, "shop-db-0"),
	{"context": {"ticket": "INC-2041"}},
)

allowed := [
	question(orders, "select", "sales", "customers", ["email", "phone"], "shop-db-1"),
	question(billing, "select", "sales", "orders", ["id"], "shop-db-1"),
	question({"service": "reporting", "attributes": {"region": "eu"}}, "select", "sales", "customers", null, "shop-db-1"),
	under_ticket(carol, "select", "sales"),
]

# What is denied because of each table.
denied := {
	"spiffe_ids": [question({"spiffe_id": "x"}, "select", "sales", "orders", null, "shop-db-0")],
	"named_services": [question({"service": "orders"}, "select", "sales", "orders", null, "shop-db-0")],
	"databases": [question(orders, "insert", "sales", "orders", null, "shop-db-1")],
	"grants": [
		question(orders, "select", "sales", "customers", null, "shop-db-1"),
		question(orders, "update", "sales", "orders", ["total"], "shop-db-0"),
		question(billing, "insert", "ledger", "balances", null, "shop-db-0"),
		question({"service": "reporting"}, "select", "sales", "customers", null, "shop-db-1"),
		question({"service": "reporting"}, "select", "sales", "orders", null, "shop-db-0"),
	],
	"tickets": [
		under_ticket(object.union(carol, {"user": null}), "select", "sales"),
		under_ticket(object.union(carol, {"user": "mallory"}), "select", "sales"),
		under_ticket(carol, "delete", "sales"),
		under_ticket(carol, "select", "ledger"),
	],
}

test_the_questions_are_answered_as_they_are_listed if {
	every document in allowed {
		asked(document)
	}
	every document in [document | some document in denied[_]] {
		not asked(document)
	}
}

# A fault of the data must not open anything, nor take a mask or a condition on rows from what is permitted: each value
# in it, whole tables too, is replaced in turn. One test for each table, since each takes a while.
test_no_fault_of_names_allows_more if {
	opened("spiffe_ids") == []
	opened("named_services") == []
}

test_no_fault_of_databases_allows_more if opened("databases") == []

test_no_fault_of_databases_unmasks if bared("databases") == []

test_no_fault_of_grants_allows_more if opened("grants") == []

test_no_fault_of_grants_unmasks if bared("grants") == []

test_no_fault_of_tickets_allows_more if opened("tickets") == []

faults := [null, "x", ["x", true]]

# Whole tables first: `[]` is a path too.
opened(table) := [[path, fault, document] |
	walk(tables[table], [path, _])
	some document in denied[table]
	concerned(table, path, document)
	some fault in faults
	asked_with(table, document, json.patch(tables[table], [{"op": "replace", "path": path, "value": fault}]))
]

bared(table) := [[path, fault, document] |
	walk(tables[table], [path, _])
	some index, document in allowed
	concerned(table, path, document)
	some fault in faults
	answer := asked_with(table, document, json.patch(tables[table], [{"op": "replace", "path": path, "value": fault}]))
	not as_strict(answer, before[index])
]

# Other services' grants are not looked at.
concerned(table, _, _) if table != "grants"

concerned("grants", path, document) if {
	service := object.get(document.subject, "service", tables.spiffe_ids[object.get(document.subject, "spiffe_id", "")])
	array.slice(path, 0, 1) in {[], [service]}
}

before := [asked(document) | some document in allowed]

as_strict(after, ahead) if {
	count(object.keys(ahead.masks) - object.keys(after.masks)) == 0
	count(after.rows) == count(ahead.rows)
}
