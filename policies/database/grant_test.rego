package database.grant_test

import data.database.access
import data.database.fixtures_test as given

test_operations_are_granted_one_by_one if {
	grants_of_tables := [
		["contacts", "insert", given.allowed(given.masked, [])],
		["contacts", "ddl", given.denied(["this service may not ddl here"])],
		["visits", "insert", given.denied(["this service may not insert here"])],
		["secrets", "select", given.denied(["this service may not select here"])],
		["other", "select", given.allowed({}, [])],
		["other", "insert", given.denied(["this service may not insert here"])],
		["other", "ddl", given.allowed({}, [])],
	]
	every row in grants_of_tables {
		[table, operation, expected] := row
		given.ask(given.question(given.web, operation, table)) == expected
	}
}

test_definitions_may_be_of_a_schema if {
	document := {"subject": given.web, "action": {"operation": "ddl"}, "resource": {"database": "crm", "schema": "people", "instance": "a"}}
	given.ask(document) == given.allowed({}, [])
	given.ask(object.union(document, {"action": {"operation": "select"}})) == given.denied(["the table is not named"])
}

test_grants_end_at_schema_and_database if {
	select := given.question(given.web, "select", "contacts")
	given.ask(given.on(select, {"schema": "pay"})) == given.denied(["this service may not use this schema"])
	given.ask(given.question({"spiffe_id": "spiffe://crm/console"}, "select", "contacts")) == {
		"allowed": false,
		"reasons": ["this service may not use this database"],
		"service": "console",
	}
	answer := access.decision with input as select
		with data.database.spiffe_ids as {"spiffe://crm/web": "web"}
		with data.database.databases as given.databases
		with data.database.grants as {"web": {"crm": {"people": {"visits": {}}}}}
	answer == given.denied(["this service may not use this table"])
}

test_columns_are_limited if {
	select := given.question(given.web, "select", "contacts")
	must_name := given.denied(["the statement must name its columns"])
	table := [
		[select, must_name],
		[given.with_columns(select, []), must_name],
		[given.with_columns(select, ["*"]), must_name],
		[given.with_columns(select, ["id", 1]), must_name],
		[given.with_columns(select, {"0": "id"}), must_name],
		[given.with_columns(select, "id"), must_name],
		[given.with_columns(select, ["id", "phone", "fax"]), given.denied(["columns that this service may not use: fax, phone"])],
		[given.with_columns(select, ["ID"]), given.denied(["columns that this service may not use: ID"])],
		[given.with_columns(select, ["id", "mail", "id"]), given.allowed({"phone": "last4"}, [])],
		[given.with_columns(given.question(given.web, "update", "contacts"), ["mail"]), given.allowed(given.masked, [])],
		[given.with_columns(given.question(given.web, "update", "contacts"), ["id"]), given.denied(["columns that this service may not use: id"])],
	]
	every row in table {
		given.ask(row[0]) == row[1]
	}
}

of(tenant) := object.union(given.question(given.web, "delete", "contacts"), {"subject": {"attributes": {"tenant": tenant}}})

test_rows_are_limited if {
	delete := given.question(given.web, "delete", "contacts")
	unknown := given.denied(["rows are limited by the subject's tenant, which is not known"])
	given.ask(of("acme")) == given.allowed(given.masked, [{"column": "state", "in": ["gone"]}, {"column": "tenant", "in": ["acme"]}])
	given.ask(of(7)).rows[1]["in"] == [7]
	every document in [delete, of(null), of(["acme"]), of({})] {
		given.ask(document) == unknown
	}
	given.ask(object.union(given.question(given.web, "delete", "pairs"), {"subject": {"attributes": {"tenant": "acme"}}})) == given.denied([
		"rows are limited by the subject's region, which is not known",
	])
}

test_reads_may_be_limited_to_replicas if {
	select := given.question(given.web, "select", "visits")
	given.ask(select) == given.denied(["this service reads from replicas only"])
	given.ask(given.with_columns(select, ["id"])) == given.denied(["this service reads from replicas only"])
	given.ask(given.on(select, {"instance": "b"})) == given.allowed({}, [])
}

test_a_grant_that_cannot_be_understood_permits_nothing if {
	every operation in ["select", "insert", "update", "delete"] {
		answer := given.ask(given.question(given.web, operation, "broken"))
		answer.allowed == false
		count(answer.reasons) == 1
	}
}

test_without_knowing_what_to_mask_nothing_is_permitted if {
	given.ask(given.question(given.web, "select", "dim")) == given.denied(["nothing permits this statement"])
}
