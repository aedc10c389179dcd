# METADATA
# title: What a statement does, and to what
# description: >-
#   The proxy parses the statement and says what it does with which objects, under their full names. A statement on two
#   tables is two questions, in one batch.
package database.statement

# METADATA
# title: select, insert, update, delete or ddl
operation := name if {
	name := input.action.operation
	name in {"select", "insert", "update", "delete", "ddl"}
}

database := identifier(input.resource.database)

schema := identifier(input.resource.schema)

# METADATA
# title: The table
# description: A definition may be of the schema itself, and names no table then.
table := identifier(input.resource.table)

table := "*" if {
	operation == "ddl"
	object.get(input.resource, "table", null) == null
}

# METADATA
# title: The columns that the statement reads, writes or compares
# description: Undefined when they are not named, which is all of them.
columns := {column | some column in input.action.columns} if {
	is_array(input.action.columns)
	count(input.action.columns) > 0
	every column in input.action.columns {
		identifier(column)
	}
}

# METADATA
# title: primary or replica
# description: By the data, not by what the caller says. Undefined for an instance that the database does not have.
instance_role := role if {
	role := data.database.databases[database].instances[identifier(input.resource.instance)]
	role in {"primary", "replica"}
}

# METADATA
# title: Why the statement is none that anybody could be permitted
problems contains "the operation is none of select, insert, update, delete and ddl" if not operation

problems contains "the database is not named" if not database

problems contains "the schema is not named" if not schema

problems contains "the table is not named" if not table

problems contains "the database has no such instance" if {
	database
	not instance_role
}

problems contains "a replica takes no writes" if {
	operation != "select"
	instance_role != "primary"
}

# `*` stands for all tables in the data, and must not come from outside.
identifier(value) := value if {
	is_string(value)
	not value in {"", "*"}
}
