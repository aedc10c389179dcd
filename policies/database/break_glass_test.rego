package database.break_glass_test

import data.database.fixtures_test as given

emergency(operation) := object.union(given.question(given.console, operation, "contacts"), {"context": {"ticket": "T-1"}})

refusal(reasons) := {"allowed": false, "reasons": reasons, "service": "console"}

test_a_ticket_opens_what_is_no_grant if {
	every operation in ["select", "update"] {
		given.ask(emergency(operation)) == {
			"allowed": true,
			"reasons": [],
			"service": "console",
			"masks": given.masked,
			"rows": [],
			"audit": {"ticket": "T-1", "user": "ann", "expires": "2026-11-25T13:00:00Z"},
		}
	}
}

test_a_ticket_opens_nothing_else if {
	select := emergency("select")
	table := [
		[emergency("delete"), ["the ticket is not for delete"]],
		[given.on(select, {"schema": "pay"}), ["the ticket is for another database or schema"]],
		[given.on(emergency("update"), {"instance": "b"}), ["a replica takes no writes"]],
		[object.union(select, {"context": {"ticket": "T-2"}}), ["the ticket is not known"]],
		[object.union(select, {"subject": {"user": "eve"}}), ["the ticket is for somebody else"]],
		[object.remove(select, ["context"]), ["this service may not use this database"]],
		[object.union(select, {"context": {"ticket": 1}}), ["this service may not use this database"]],
	]
	every row in table {
		given.ask(row[0]) == refusal(row[1])
	}
	given.ask(object.union(emergency("delete"), {"subject": given.web})).reasons == ["the ticket is for somebody else", "the ticket is not for delete"]
}

test_a_ticket_is_not_needed_where_a_grant_permits if {
	given.ask(object.union(given.question(given.web, "insert", "contacts"), {"context": {"ticket": "T-9"}})) == given.allowed(given.masked, [])
}

test_a_ticket_holds_from_its_beginning_until_just_before_its_end if {
	times := {
		"2026-11-25T08:59:59.999Z": false,
		"2026-11-25T09:00:00Z": true,
		"2026-11-25T12:59:59.999Z": true,
		"2026-11-25T13:00:00Z": false,
	}
	every now, open in times {
		answer := given.ask_with(emergency("select"), given.ticket, now)
		answer.allowed == open
		answer.reasons == [reason | reason := "the ticket is not valid at this time"; not open]
	}
}

# What else is wrong is told; the time is looked at last, so that such answers can be kept.
test_the_time_of_a_ticket_is_looked_at_last if {
	late := "2026-11-25T14:00:00Z"
	table := [
		[object.union(emergency("select"), {"subject": {"user": "eve"}}), {}, "the ticket is for somebody else"],
		[emergency("delete"), {}, "the ticket is not for delete"],
		[emergency("select"), {"approved_by": []}, "not enough others approved the ticket"],
		[emergency("select"), {"opens": "2026-11-25T08:00:00Z"}, "the ticket is open for too long"],
	]
	every row in table {
		given.ask_with(row[0], object.union(given.ticket, row[1]), late) == refusal([row[2]])
	}
}

test_a_ticket_must_be_approved_short_and_whole if {
	alone := ["not enough others approved the ticket"]
	long := ["the ticket is open for too long"]
	words := ["the policy's data has a fault: the ticket says what is not known"]
	table := [
		[{"approved_by": ["bob"]}, alone],
		[{"approved_by": ["bob", "bob"]}, alone],
		[{"approved_by": ["bob", "ann"]}, alone],
		[{"approved_by": null}, alone],
		[{"approved_by": ["ann ", "Ann"]}, alone],
		[{"approved_by": ["bob", " Bob"]}, alone],
		[{"approved_by": ["bob", ""]}, alone],
		[{"approved_by": ["bob", 7]}, alone],
		[{"tables": ["orders"]}, words],
		[{"read_only": true}, words],
		[{"schemas": {"people": {"a": "select"}}}, ["the ticket is for another database or schema"]],
		[{"expires": "2026-11-25T13:00:01Z"}, long],
		[{"expires": "later"}, long],
		[{"expires": null}, long],
		[{"opens": 0}, long],
		[{"schemas": {"people": null}}, ["the ticket is for another database or schema"]],
		[{"database": "hr"}, ["the ticket is for another database or schema"]],
		[{"service": null}, ["the ticket is for somebody else"]],
	]
	every row in table {
		given.ask_with(emergency("select"), object.union(given.ticket, row[0]), "2026-11-25T10:00:00Z") == refusal(row[1])
	}
}

test_the_rules_of_tickets_must_be_numbers if {
	table := [
		[{"approvals": null, "longest_hours": 4}, "not enough others approved the ticket"],
		[{"approvals": false, "longest_hours": 4}, "not enough others approved the ticket"],
		[{"approvals": "2", "longest_hours": 4}, "not enough others approved the ticket"],
		[{"approvals": 0, "longest_hours": 4}, "not enough others approved the ticket"],
		[{"longest_hours": 4}, "not enough others approved the ticket"],
		[{"approvals": 2, "longest_hours": "4"}, "the ticket is open for too long"],
		[{"approvals": 2, "longest_hours": null}, "the ticket is open for too long"],
		[{"approvals": 2}, "the ticket is open for too long"],
	]
	every row in table {
		given.ask_by(row[0], emergency("select"), given.ticket, "2026-11-25T10:00:00Z") == refusal([row[1]])
	}
}

test_nobody_has_no_ticket if {
	document := object.union(emergency("select"), {"subject": {"user": null}})
	given.ask_with(document, object.union(given.ticket, {"user": null}), "2026-11-25T10:00:00Z").allowed == false
}
