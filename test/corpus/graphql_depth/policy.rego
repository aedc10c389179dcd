# How deep and how wide a query may be, before it is run.
package corpus.graphql_depth

# METADATA
# entrypoint: true
default allow := false

allow if {
	depth <= limits.depth
	fields <= limits.fields
	not introspection
}

limits := data.graphql_depth.limits[input.client.class]

document := graphql.parse_query(input.query)

depth := max([level |
	walk(document.Operations, [path, _])
	level := count([1 | some part in path; part == "SelectionSet"])
])

fields := count([1 | walk(document.Operations, [_, node]); is_object(node); node.Name; node.SelectionSet])

introspection if {
	not input.client.internal
	walk(document.Operations, [_, node])
	startswith(node.Name, "__")
}
