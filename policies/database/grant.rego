# METADATA
# title: What services may always do
# description: Looks up the grant for a statement in data.database.grants, and checks what the grant says.
package database.grant

import data.database.caller
import data.database.statement

# METADATA
# title: Whether a grant permits the statement
default permits := false

permits if {
	found
	instance_fits
	columns_fit
	rows_known
}

# METADATA
# title: The grant
# description: A table with an entry of its own gets nothing of what `*` has.
found := granted if readable(granted)

granted := entry[statement.operation]

entry := tables[statement.table]

entry := tables["*"] if not statement.table in object.keys(tables)

tables := schemas[statement.schema]

schemas := databases[statement.database]

databases := data.database.grants[caller.service]

# METADATA
# title: The rows that the statement may touch
# description: "Conditions that must all hold: `{column, in: [values]}`. Undefined when a value is not known."
rows := [condition(filter) | some filter in filters] if rows_known

# METADATA
# title: Why no grant permits the statement
problems contains "this service may not use this database" if not schemas

problems contains "this service may not use this schema" if {
	schemas
	not tables
}

problems contains "this service may not use this table" if {
	tables
	not entry
}

problems contains sprintf("this service may not %s here", [statement.operation]) if {
	entry
	not statement.operation in object.keys(entry)
}

problems contains sprintf("the policy's data has a fault: what this service may %s here cannot be read", [statement.operation]) if {
	statement.operation in object.keys(entry)
	not found
}

problems contains "this service reads from replicas only" if {
	found
	not instance_fits
}

problems contains "the statement must name its columns" if {
	found.columns
	not statement.columns
}

problems contains sprintf("columns that this service may not use: %s", [concat(", ", sort(extra))]) if {
	found
	extra := statement.columns - {column | some column in found.columns}
	not columns_fit
	count(extra) > 0
}

problems contains sprintf("rows are limited by the subject's %s, which is not known", [filter.from]) if {
	some filter in filters
	not condition(filter)
}

instance_fits if object.get(found, "instance", statement.instance_role) == statement.instance_role

columns_fit if not "columns" in object.keys(found)

columns_fit if count(statement.columns - {column | some column in found.columns}) == 0

rows_known if {
	every filter in filters {
		condition(filter)
	}
}

filters := object.get(found, "rows", [])

condition(filter) := filter if "in" in object.keys(filter)

condition(filter) := {"column": filter.column, "in": [value]} if {
	value := input.subject.attributes[filter.from]
	type_name(value) in {"string", "number"}
}

# What cannot be read, or a word that is not known, might be a limit that is misspelt.
readable(conditions) if {
	is_object(conditions)
	every word, value in conditions {
		sensible(word, value)
	}
}

sensible("instance", value) if value in {"primary", "replica"}

sensible("columns", value) if names(value)

sensible("unmasked", value) if names(value)

sensible("rows", value) if {
	is_array(value)
	every filter in value {
		is_object(filter)
		filters_rows(filter)
	}
}

filters_rows(filter) if {
	object.keys(filter) == {"column", "in"}
	names([filter.column])
	is_array(filter["in"])
	every value in filter["in"] {
		type_name(value) in {"string", "number", "boolean"}
	}
}

filters_rows(filter) if {
	object.keys(filter) == {"column", "from"}
	names([filter.column, filter.from])
}

names(value) if {
	is_array(value)
	every name in value {
		statement.identifier(name)
	}
}
