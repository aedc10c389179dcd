package database.access_test

import data.database.access
import data.database.fixtures_test as given

# Statements

test_without_input_nothing_is_allowed if {
	access.allow == false
	access.decision.allowed == false
	count(access.decision.reasons) == 5
}

test_empty_inputs_are_denied_with_reasons if {
	every document in [{}, [], null, false, 0, "", {"subject": null}, {"action": {}, "resource": {}}] {
		answer := given.ask(document)
		answer.allowed == false
		"the caller is not named" in answer.reasons
	}
}

test_a_statement_must_be_clear if {
	select := given.question(given.web, "select", "contacts")
	operation := "the operation is none of select, insert, update, delete and ddl"
	instance := "the database has no such instance"
	table := [
		[given.question(given.web, "truncate", "contacts"), [operation]],
		[given.question(given.web, "SELECT", "contacts"), [operation]],
		[given.question(given.web, 1, "contacts"), [operation]],
		[given.question(given.web, "select", "*"), ["the table is not named"]],
		[given.question(given.web, "select", ""), ["the table is not named"]],
		[given.question(given.web, "select", null), ["the table is not named"]],
		[given.question(given.web, "ddl", "*"), ["the table is not named"]],
		[given.on(select, {"schema": "*"}), ["the schema is not named"]],
		[given.on(select, {"database": 5}), ["the database is not named"]],
		[given.on(select, {"database": "hr"}), [instance]],
		[given.on(select, {"instance": "c"}), [instance]],
		[given.on(select, {"instance": null}), [instance]],
		[given.on(given.question(given.web, "insert", "contacts"), {"instance": "b"}), ["a replica takes no writes"]],
		[given.on(given.question(given.web, "ddl", "contacts"), {"instance": "b"}), ["a replica takes no writes"]],
	]
	every row in table {
		given.ask(row[0]) == given.denied(row[1])
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
		[{"spiffe_id": "spiffe://crm/web", "service": "console"}, "the caller's SPIFFE id and its name are not the same service"],
		[{"spiffe_id": "spiffe://crm/console", "service": "web"}, "the caller's SPIFFE id and its name are not the same service"],
	]
	every row in table {
		given.ask(given.question(row[0], "insert", "contacts")) == given.refused([row[1]])
	}
}

test_a_service_is_known_by_id_by_name_or_by_both if {
	every subject in [given.web, {"service": "web"}, object.union(given.web, {"service": "web"})] {
		given.ask(given.question(subject, "insert", "contacts")) == given.allowed(given.masked, [])
	}
}
