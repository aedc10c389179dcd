# METADATA
# title: How large a GraphQL document is
# description: >-
#   Counts what would be executed: a fragment counts wherever it is used. Rego has no recursion, so fragments are measured
#   in rounds: those without fragments first, then those made of these, three rounds in all. What is nested deeper, goes
#   in a circle or uses a fragment that nobody defined has no size.
package graphql.measure

# METADATA
# title: The document
# description: Undefined when the text is too long or not GraphQL.
document := graphql.parse_query(input.action.query) if {
	is_string(input.action.query)
	is_number(data.graphql.limits.characters)
	count(input.action.query) <= data.graphql.limits.characters
}

# METADATA
# title: The one operation
# description: Undefined when there are several, because which one is meant is said elsewhere.
operation := document.Operations[0] if count(document.Operations) == 1

# METADATA
# title: Depth, number of fields and number of aliases of the operation
# description: An inline fragment is a level of its own.
size := total(parts(operation), twice)

# METADATA
# title: Every field that the document names
# description: Also in fragments that nothing uses.
field_names contains node.Name if {
	walk(document, [_, node])
	node.Alias
}

# METADATA
# title: The top-level fields
# description: Undefined where a fragment stands among them, so that none can hide in it.
top_level := {field.Name | some field in operation.SelectionSet} if {
	every field in operation.SelectionSet {
		field.Alias
	}
}

fragments := {fragment.Name: parts(fragment) | some fragment in definitions} if {
	count({fragment.Name | some fragment in definitions}) == count(definitions)
}

definitions := object.get(document, "Fragments", [])

plain := {name: total(found, {}) | some name, found in fragments}

once := {name: total(found, plain) | some name, found in fragments}

twice := {name: total(found, once) | some name, found in fragments}

# What a definition holds itself. Of all nodes only fields have an alias: their name, when they are given no other.
parts(definition) := {
	"fields": [{"depth": level(path), "renamed": renamed(node)} |
		walk(definition, [path, node])
		node.Alias
	],
	"spreads": [{"depth": level(path), "name": node.Name} |
		walk(definition, [path, node])
		path[count(path) - 2] == "SelectionSet"
		not node.Alias
		not node.SelectionSet
	],
}

level(path) := count([step | some step in path; step == "SelectionSet"])

renamed(field) := 0 if field.Alias == field.Name

renamed(field) := 1 if field.Alias != field.Name

# Undefined while a fragment in it has no size.
total(found, sizes) := {"depth": depth, "fields": count(found.fields) + fields, "aliases": renamings + aliases} if {
	every spread in found.spreads {
		sizes[spread.name]
	}
	depth := max({field.depth | some field in found.fields} | {below |
		some spread in found.spreads
		below := (spread.depth - 1) + sizes[spread.name].depth
	})
	renamings := sum([field.renamed | some field in found.fields])
	fields := sum([sizes[spread.name].fields | some spread in found.spreads])
	aliases := sum([sizes[spread.name].aliases | some spread in found.spreads])
}
