# METADATA
# title: Access in an emergency
# description: >-
#   A ticket in data.database.tickets opens schemas of a database for some operations, to one person through one
#   service, between two moments. It counts only if enough others approved it and it is not too long.
package database.break_glass

import data.database.caller
import data.database.statement

# METADATA
# title: The ticket that the caller presents
# description: Undefined without one in the request's context, or when nobody knows it.
ticket := data.database.tickets[id]

# METADATA
# title: Its number
id := input.context.ticket if is_string(input.context.ticket)

# METADATA
# title: Whether the ticket permits the statement
default permits := false

permits if {
	words_known
	for_caller
	statement.operation in operations
	approved
	short_enough
	valid_now
}

# METADATA
# title: Why the ticket does not permit the statement
problems contains "the ticket is not known" if not ticket

problems contains "the policy's data has a fault: the ticket says what is not known" if {
	ticket
	not words_known
}

problems contains "the ticket is for somebody else" if {
	ticket
	not for_caller
}

problems contains "the ticket is for another database or schema" if {
	ticket
	not operations
}

problems contains sprintf("the ticket is not for %s", [statement.operation]) if {
	operations
	not statement.operation in operations
}

problems contains "not enough others approved the ticket" if {
	ticket
	not approved
}

problems contains "the ticket is open for too long" if {
	ticket
	not short_enough
}

# The time comes last: only what would be permitted otherwise depends on it, and cannot be kept in a cache.
problems contains "the ticket is not valid at this time" if {
	words_known
	for_caller
	statement.operation in operations
	approved
	short_enough
	not valid_now
}

# A word that is not known might be a limit that is misspelt, or one that is not kept here.
words_known if {
	words := {"service", "user", "database", "schemas", "opens", "expires", "approved_by"}
	count(object.keys(ticket) - words) == 0
}

for_caller if {
	is_string(ticket.user)
	ticket.service == caller.service
	ticket.user == input.subject.user
}

operations := listed if {
	ticket.database == statement.database
	listed := ticket.schemas[statement.schema]
	is_array(listed)
}

# Two ways to write one name are one person.
approved if {
	is_number(data.database.ticket_rules.approvals)
	data.database.ticket_rules.approvals >= 1
	others := {person(name) | some name in ticket.approved_by} - {"", person(ticket.user)}
	count(others) >= data.database.ticket_rules.approvals
}

person(name) := lower(trim_space(name)) if is_string(name)

short_enough if {
	is_number(data.database.ticket_rules.longest_hours)
	closes_ns - opens_ns <= ((data.database.ticket_rules.longest_hours * 3600) * 1000) * 1000000
}

valid_now if {
	now_ns := time.now_ns()
	now_ns >= opens_ns
	now_ns < closes_ns
}

opens_ns := time.parse_rfc3339_ns(ticket.opens)

closes_ns := time.parse_rfc3339_ns(ticket.expires)
