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
		given.ask(given.question(given.web, operation, "broken")) == given.denied([fault(operation)])
	}
	every table in ["shut", "off"] {
		given.ask(given.question(given.web, "select", table)).allowed == false
	}
}

fault(operation) := sprintf("the policy's data has a fault: what this service may %s here cannot be read", [operation])

test_each_word_of_a_grant_must_be_understood if {
	table := [
		{"columns": null},
		{"columns": "id"},
		{"columns": {"a": "id"}},
		{"columns": [null]},
		{"columns": ["*"]},
		{"unmasked": "mail"},
		{"unmasked": {"mail": true}},
		{"instance": null},
		{"instance": false},
		{"instance": "Replica"},
		{"rows": null},
		{"rows": {}},
		{"rows": ["x"]},
		{"rows": [{}]},
		{"rows": [{"column": "t", "in": "eu"}]},
		{"rows": [{"column": "t", "in": {"a": "eu"}}]},
		{"rows": [{"column": "t", "in": [null]}]},
		{"rows": [{"column": null, "in": ["eu"]}]},
		{"rows": [{"column": "t", "from": null}]},
		{"rows": [{"column": "t", "in": ["eu"], "not_in": ["us"]}]},
		{"rows": [{"column": "t", "in": ["eu"], "from": "tenant"}]},
		{"rows": [{"column": "t", "in": ["eu"]}, {"column": "u", "not_in": ["us"]}]},
	]
	every conditions in table {
		with_grant(conditions) == given.denied([fault("select")])
	}
	with_grant({"rows": [{"column": "t", "in": []}]}).rows == [{"column": "t", "in": []}]
	with_grant({"instance": "primary", "columns": ["id"], "unmasked": []}).allowed == true
}

with_grant(conditions) := answer if {
	answer := access.decision with input as given.with_columns(given.question(given.web, "select", "contacts"), ["id"])
		with data.database.spiffe_ids as {"spiffe://crm/web": "web"}
		with data.database.databases as given.databases
		with data.database.grants as {"web": {"crm": {"people": {"contacts": {"select": conditions}}}}}
}

unmaskable := given.denied(["the policy's data does not say what to mask in this table"])

test_without_knowing_what_to_mask_nothing_is_permitted if {
	given.ask(given.question(given.web, "select", "dim")) == given.denied([fault("select")])
	every table in ["torn", "lost"] {
		given.ask(given.question(given.web, "select", table)) == unmaskable
	}
}

test_what_to_mask_must_be_said_of_each_table if {
	table := [
		[{"people": {"contacts": {}}}, given.allowed({}, [])],
		[{"people": {"*": {"id": "hash"}}}, given.allowed({"id": "hash"}, [])],
		[{"people": {"Contacts": {"mail": "hash"}}}, unmaskable],
		[{"people": {"contacts": ["mail"]}}, unmaskable],
		[{"people": {"contacts": {"mail": true}}}, unmaskable],
		[{"people": {"contacts": {"mail": ""}}}, unmaskable],
		[{"people": {"contacts": null, "*": {}}}, unmaskable],
		[{"people": {"contacts": false, "*": {}}}, unmaskable],
		[{"people": {}}, unmaskable],
		[{"people": null}, unmaskable],
		[{"peoples": {"*": {}}}, unmaskable],
		[null, unmaskable],
		[[], unmaskable],
	]
	every row in table {
		answer := access.decision with input as given.question(given.web, "insert", "contacts")
			with data.database.spiffe_ids as {"spiffe://crm/web": "web"}
			with data.database.grants as given.grants
			with data.database.databases as {"crm": {"instances": {"a": "primary"}, "masks": row[0]}}
		answer == row[1]
	}
}
