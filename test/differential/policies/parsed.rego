# The plugin's documented examples of the parsed path, query and body, in one policy.
package differential.parsed

default allow := false

allow if input.parsed_path == ["people"]

allow if {
	input.parsed_path == ["search"]
	input.parsed_query.lang == ["en"]
	input.parsed_query.id == ["1", "2"]
}

allow if {
	input.parsed_body.firstname == "Charlie"
	input.parsed_body.lastname == "Opa"
}

allow if {
	not input.truncated_body
	input.parsed_body.name[0] == "Charlie"
}

allow if "admin" in input.parsed_query.role
