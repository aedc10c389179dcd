# The request is first put into a shape of our own, which the rules then look at.
package corpus.helper_objects

request := {
	"who": {"id": input.token.payload.sub, "groups": object.get(input.token.payload, "groups", [])},
	"what": {"verb": upper(input.http.method), "parts": split(trim_left(input.http.path, "/"), "/")},
	"from": input.peer.address,
}

# METADATA
# entrypoint: true
default allow := false

allow if {
	request.what.verb == "GET"
	request.what.parts[0] == "catalog"
}

allow if {
	some group in request.who.groups
	request.what.parts[0] == data.helper_objects.areas[group]
}

allow if {
	request.what.parts == ["me", request.who.id]
	request.from != "0.0.0.0"
}

# METADATA
# entrypoint: true
audit := object.union(request.who, {"area": request.what.parts[0]})
