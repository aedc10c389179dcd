# METADATA
# title: Which service may do what in which database
# description: >-
#   Asked by a database proxy before it passes a statement on. Services have grants (data.database.grants); a ticket
#   opens more for a while (data.database.tickets); everything else is denied.
# authors:
#   - name: Portcullis
package database.access

import data.database.break_glass
import data.database.caller
import data.database.grant
import data.database.statement

# METADATA
# title: The decision, with its reasons and what the proxy must see to
# description: >-
#   `allowed` is the answer, `reasons` says why not (empty when allowed), `service` who asked. With an allow come
#   `masks` (column: how) for what is returned, `rows` (conditions that must all hold for every row touched), and
#   `audit` when a ticket opened the way: record the statement under it, and close the session when it expires.
# entrypoint: true
decision := object.union_n([{"allowed": allow, "reasons": reasons}, known, obligations])

# METADATA
# title: The bare answer
# description: True when the statement is permitted. For proxies without masks and rows, use `decision` alone.
default allow := false

allow if permission

# METADATA
# title: What permits the statement, with what the proxy must see to
# description: A grant, or else a ticket. Undefined without either, and where it cannot be said what to mask.
permission := {"masks": masks(object.get(grant.found, "unmasked", [])), "rows": grant.rows} if {
	sound
	grant.permits
} else := {"masks": masks([]), "rows": [], "audit": audit} if {
	sound
	break_glass.permits
}

sound if {
	caller.service
	count(caller.problems | statement.problems) == 0
}

permitted if grant.permits

permitted if break_glass.permits

# METADATA
# title: Why the statement is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this statement"]

reasons := [] if allow

else := sort(denials) if count(denials) > 0

denials := caller.problems | statement.problems if not sound

else := {"the policy's data does not say what to mask in this table"} if {
	permitted
	not table_masks
}

else := break_glass.problems if break_glass.id

else := grant.problems

default known := {}

known := {"service": caller.service}

default obligations := {}

obligations := permission

audit := {"ticket": break_glass.id, "user": break_glass.ticket.user, "expires": break_glass.ticket.expires}

# All masks of the table, whichever columns are named: a name can be spelt in many ways.
masks(unmasked) := object.remove(table_masks, unmasked)

# A table has an entry, or its schema has one for the others (`*`). A name that is misspelt there must not unmask.
table_masks := {} if statement.operation == "ddl"

table_masks := entry if {
	statement.operation != "ddl"
	entry := object.get(schema_masks, statement.table, schema_masks["*"])
	is_object(entry)
	every way in entry {
		is_string(way)
		way != ""
	}
}

schema_masks := object.union({"*": null}, entries) if {
	entries := data.database.databases[statement.database].masks[statement.schema]
	is_object(entries)
}
