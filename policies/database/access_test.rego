package database.access_test

import data.database.access

# Beside the shop's own data, which the decision vectors ask.
databases := {"crm": {
	"instances": {"a": "primary", "b": "replica"},
	"masks": {"people": {"contacts": {"mail": "hash", "phone": "last4"}, "dim": {"name": "hash"}}},
}}

grants := {"web": {"crm": {"people": {
	"contacts": {
		"select": {"columns": ["id", "mail"], "unmasked": ["mail"]},
		"insert": {},
		"update": {"columns": ["mail"]},
		"delete": {"rows": [{"column": "state", "in": ["gone"]}, {"column": "tenant", "from": "tenant"}]},
	},
	"visits": {"select": {"instance": "replica"}},
	"secrets": {},
	"dim": {"select": {"unmasked": "name"}},
	"broken": {"select": {"colums": ["id"]}, "insert": null, "update": {"rows": [{"in": ["x"]}]}, "delete": {"rows": "x"}},
	"*": {"select": {}, "ddl": {}},
}}}}

ticket := {
	"service": "console",
	"user": "ann",
	"database": "crm",
	"schemas": {"people": ["select", "update"]},
	"opens": "2026-11-25T09:00:00Z",
	"expires": "2026-11-25T13:00:00Z",
	"approved_by": ["bob", "cy"],
}

web := {"spiffe_id": "spiffe://crm/web"}

console := {"spiffe_id": "spiffe://crm/console", "user": "ann"}

question(subject, operation, table) := {
	"subject": subject,
	"action": {"operation": operation},
	"resource": {"database": "crm", "schema": "people", "table": table, "instance": "a"},
}

with_columns(document, columns) := object.union(document, {"action": {"columns": columns}})

on(document, resource) := object.union(document, {"resource": resource})

ask(document) := ask_with(document, ticket, "2026-11-25T10:00:00Z")

ask_with(document, opened, now) := answer if {
	answer := access.decision with input as document
		with data.database.spiffe_ids as {"spiffe://crm/web": "web", "spiffe://crm/console": "console"}
		with data.database.named_services as {"web": true, "off": false}
		with data.database.databases as databases
		with data.database.grants as grants
		with data.database.tickets as {"T-1": opened}
		with data.database.ticket_rules as {"longest_hours": 4, "approvals": 2}
		with time.now_ns as time.parse_rfc3339_ns(now)
}

masked := {"mail": "hash", "phone": "last4"}

allowed(masks, rows) := {"allowed": true, "reasons": [], "service": "web", "masks": masks, "rows": rows}

denied(reasons) := {"allowed": false, "reasons": reasons, "service": "web"}

refused(reasons) := {"allowed": false, "reasons": reasons}

# Statements

test_without_input_nothing_is_allowed if {
	access.allow == false
	access.decision.allowed == false
	count(access.decision.reasons) == 5
}

test_empty_inputs_are_denied_with_reasons if {
	every document in [{}, [], null, false, 0, "", {"subject": null}, {"action": {}, "resource": {}}] {
		answer := ask(document)
		answer.allowed == false
		"the caller is not named" in answer.reasons
	}
}

test_a_statement_must_be_clear if {
	select := question(web, "select", "contacts")
	operation := "the operation is none of select, insert, update, delete and ddl"
	instance := "the database has no such instance"
	table := [
		[question(web, "truncate", "contacts"), [operation]],
		[question(web, "SELECT", "contacts"), [operation]],
		[question(web, 1, "contacts"), [operation]],
		[question(web, "select", "*"), ["the table is not named"]],
		[question(web, "select", ""), ["the table is not named"]],
		[question(web, "select", null), ["the table is not named"]],
		[question(web, "ddl", "*"), ["the table is not named"]],
		[on(select, {"schema": "*"}), ["the schema is not named"]],
		[on(select, {"database": 5}), ["the database is not named"]],
		[on(select, {"database": "hr"}), [instance]],
		[on(select, {"instance": "c"}), [instance]],
		[on(select, {"instance": null}), [instance]],
		[on(question(web, "insert", "contacts"), {"instance": "b"}), ["a replica takes no writes"]],
		[on(question(web, "ddl", "contacts"), {"instance": "b"}), ["a replica takes no writes"]],
	]
	every row in table {
		ask(row[0]) == denied(row[1])
	}
}

# Callers

test_callers_must_be_known if {
	table := [
		[{}, "the caller is not named"],
		[{"spiffe_id": null, "service": null}, "the caller is not named"],
		[{"spiffe_id": "spiffe://crm/webs"}, "the caller's SPIFFE id is not known"],
		[{"spiffe_id": 1}, "the caller's SPIFFE id is not known"],
		[{"spiffe_id": "spiffe://evil/web", "service": "web"}, "the caller's SPIFFE id is not known"],
		[{"service": "console"}, "a service of this name must come with its SPIFFE id"],
		[{"service": "off"}, "a service of this name must come with its SPIFFE id"],
		[{"service": ["web"]}, "a service of this name must come with its SPIFFE id"],
		[{"spiffe_id": "spiffe://crm/console", "service": "web"}, "the caller's SPIFFE id and its name are not the same service"],
	]
	every row in table {
		ask(question(row[0], "insert", "contacts")) == refused([row[1]])
	}
}

test_a_service_is_known_by_id_by_name_or_by_both if {
	every subject in [web, {"service": "web"}, object.union(web, {"service": "web"})] {
		ask(question(subject, "insert", "contacts")) == allowed(masked, [])
	}
}

# Grants

test_operations_are_granted_one_by_one if {
	grants_of_tables := [
		["contacts", "insert", allowed(masked, [])],
		["contacts", "ddl", denied(["this service may not ddl here"])],
		["visits", "insert", denied(["this service may not insert here"])],
		["secrets", "select", denied(["this service may not select here"])],
		["other", "select", allowed({}, [])],
		["other", "insert", denied(["this service may not insert here"])],
		["other", "ddl", allowed({}, [])],
	]
	every row in grants_of_tables {
		[table, operation, expected] := row
		ask(question(web, operation, table)) == expected
	}
}

test_definitions_may_be_of_a_schema if {
	document := {"subject": web, "action": {"operation": "ddl"}, "resource": {"database": "crm", "schema": "people", "instance": "a"}}
	ask(document) == allowed({}, [])
	ask(object.union(document, {"action": {"operation": "select"}})) == denied(["the table is not named"])
}

test_grants_end_at_schema_and_database if {
	select := question(web, "select", "contacts")
	ask(on(select, {"schema": "pay"})) == denied(["this service may not use this schema"])
	ask(question({"spiffe_id": "spiffe://crm/console"}, "select", "contacts")) == {
		"allowed": false,
		"reasons": ["this service may not use this database"],
		"service": "console",
	}
	answer := access.decision with input as select
		with data.database.spiffe_ids as {"spiffe://crm/web": "web"}
		with data.database.databases as databases
		with data.database.grants as {"web": {"crm": {"people": {"visits": {}}}}}
	answer == denied(["this service may not use this table"])
}

test_columns_are_limited if {
	select := question(web, "select", "contacts")
	must_name := denied(["the statement must name its columns"])
	table := [
		[select, must_name],
		[with_columns(select, []), must_name],
		[with_columns(select, ["*"]), must_name],
		[with_columns(select, ["id", 1]), must_name],
		[with_columns(select, {"0": "id"}), must_name],
		[with_columns(select, "id"), must_name],
		[with_columns(select, ["id", "phone", "fax"]), denied(["columns that this service may not use: fax, phone"])],
		[with_columns(select, ["ID"]), denied(["columns that this service may not use: ID"])],
		[with_columns(select, ["id", "mail", "id"]), allowed({"phone": "last4"}, [])],
		[with_columns(question(web, "update", "contacts"), ["mail"]), allowed(masked, [])],
		[with_columns(question(web, "update", "contacts"), ["id"]), denied(["columns that this service may not use: id"])],
	]
	every row in table {
		ask(row[0]) == row[1]
	}
}

of(tenant) := object.union(question(web, "delete", "contacts"), {"subject": {"attributes": {"tenant": tenant}}})

test_rows_are_limited if {
	delete := question(web, "delete", "contacts")
	unknown := denied(["rows are limited by the subject's tenant, which is not known"])
	ask(of("acme")) == allowed(masked, [{"column": "state", "in": ["gone"]}, {"column": "tenant", "in": ["acme"]}])
	ask(of(7)).rows[1]["in"] == [7]
	every document in [delete, of(null), of(["acme"]), of({})] {
		ask(document) == unknown
	}
}

test_reads_may_be_limited_to_replicas if {
	select := question(web, "select", "visits")
	ask(select) == denied(["this service reads from replicas only"])
	ask(on(select, {"instance": "b"})) == allowed({}, [])
}

test_a_grant_that_cannot_be_understood_permits_nothing if {
	every operation in ["select", "insert", "update", "delete"] {
		answer := ask(question(web, operation, "broken"))
		answer.allowed == false
		count(answer.reasons) == 1
	}
}

test_without_knowing_what_to_mask_nothing_is_permitted if {
	ask(question(web, "select", "dim")) == denied(["nothing permits this statement"])
}

# Tickets

emergency(operation) := object.union(question(console, operation, "contacts"), {"context": {"ticket": "T-1"}})

refusal(reasons) := {"allowed": false, "reasons": reasons, "service": "console"}

test_a_ticket_opens_what_is_no_grant if {
	every operation in ["select", "update"] {
		ask(emergency(operation)) == {
			"allowed": true,
			"reasons": [],
			"service": "console",
			"masks": masked,
			"rows": [],
			"audit": {"ticket": "T-1", "user": "ann", "expires": "2026-11-25T13:00:00Z"},
		}
	}
}

test_a_ticket_opens_nothing_else if {
	select := emergency("select")
	table := [
		[emergency("delete"), ["the ticket is not for delete"]],
		[on(select, {"schema": "pay"}), ["the ticket is for another database or schema"]],
		[on(emergency("update"), {"instance": "b"}), ["a replica takes no writes"]],
		[object.union(select, {"context": {"ticket": "T-2"}}), ["the ticket is not known"]],
		[object.union(select, {"subject": {"user": "eve"}}), ["the ticket is for somebody else"]],
		[object.remove(select, ["context"]), ["this service may not use this database"]],
		[object.union(select, {"context": {"ticket": 1}}), ["this service may not use this database"]],
	]
	every row in table {
		ask(row[0]) == refusal(row[1])
	}
	ask(object.union(emergency("delete"), {"subject": web})).reasons == ["the ticket is for somebody else", "the ticket is not for delete"]
}

test_a_ticket_is_not_needed_where_a_grant_permits if {
	ask(object.union(question(web, "insert", "contacts"), {"context": {"ticket": "T-9"}})) == allowed(masked, [])
}

test_a_ticket_holds_from_its_beginning_until_just_before_its_end if {
	times := {
		"2026-11-25T08:59:59.999Z": false,
		"2026-11-25T09:00:00Z": true,
		"2026-11-25T12:59:59.999Z": true,
		"2026-11-25T13:00:00Z": false,
	}
	every now, open in times {
		answer := ask_with(emergency("select"), ticket, now)
		answer.allowed == open
		answer.reasons == [reason | reason := "the ticket is not valid at this time"; not open]
	}
}

test_a_ticket_must_be_approved_short_and_whole if {
	alone := ["not enough others approved the ticket"]
	long := ["the ticket is open for too long"]
	table := [
		[{"approved_by": ["bob"]}, alone],
		[{"approved_by": ["bob", "bob"]}, alone],
		[{"approved_by": ["bob", "ann"]}, alone],
		[{"approved_by": null}, alone],
		[{"expires": "2026-11-25T13:00:01Z"}, long],
		[{"expires": "later"}, long],
		[{"expires": null}, long],
		[{"opens": 0}, long],
		[{"schemas": {"people": null}}, ["the ticket is not for select"]],
		[{"database": "hr"}, ["the ticket is for another database or schema"]],
		[{"service": null}, ["the ticket is for somebody else"]],
	]
	every row in table {
		ask_with(emergency("select"), object.union(ticket, row[0]), "2026-11-25T10:00:00Z") == refusal(row[1])
	}
}
