# Functions that are given the whole input, as people write them before they know better.
package corpus.whole_input

# METADATA
# entrypoint: true
default allow := false

allow if {
	is_internal(input)
	valid(request_of(input))
}

allow if has_override(input, "break-glass")

is_internal(i) if endswith(i.source.principal, data.whole_input.domain)

request_of(i) := i.request

valid(request) if {
	request.method in data.whole_input.methods
	not startswith(request.path, "/admin")
}

has_override(doc, key) if {
	doc.annotations[key] == "true"
	object.get(doc, ["source", "verified"], false)
}
