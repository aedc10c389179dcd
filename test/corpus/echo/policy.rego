# Policies whose answer holds what they were asked: nothing can be left out of the key.
package corpus.echo

# METADATA
# entrypoint: true
decision := {"allow": allow, "request": input.request}

default allow := false

allow if input.request.user == "ana"

# METADATA
# entrypoint: true
digest := crypto.sha256(json.marshal(input))

# METADATA
# entrypoint: true
names := object.keys(input)

# METADATA
# entrypoint: true
size := {"keys": count(input.request), "kind": type_name(input.request.body), "has": has}

has := {name | some name in ["a", "b"]; _ = input.request.body[name]}
