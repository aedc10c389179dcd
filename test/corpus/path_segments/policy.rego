# Everyone sees their own profile; managers see that of their reports; admins list them all.
package corpus.path_segments

default allow := false

# METADATA
# entrypoint: true
allow if {
	input.method == "GET"
	input.path == ["users", input.user]
}

allow if {
	input.method == "GET"
	input.path = ["users", id, "salary"]
	id == input.user
}

allow if {
	some id
	input.path = ["users", id, part]
	part in {"salary", "reviews"}
	data.path_segments.managers[id] == input.user
	input.method in {"GET", "PUT"}
}

allow if {
	input.path[0] == "users"
	count(input.path) == 1
	input.user in data.path_segments.admins
}
