# The Docker daemon asks before each call of its API.
package corpus.docker_authz

# METADATA
# entrypoint: true
default allow := false

allow if {
	not dangerous
	not writes
}

allow if {
	not dangerous
	writes
	data.docker_authz.users[input.Headers["Authz-User"]].readOnly == false
}

writes if input.Method != "GET"

dangerous if {
	some option in ["seccomp:unconfined", "apparmor:unconfined"]
	option in input.Body.HostConfig.SecurityOpt
}

dangerous if input.Body.HostConfig.Privileged

dangerous if {
	some bind in input.Body.HostConfig.Binds
	[source, _] := array.slice(split(bind, ":"), 0, 2)
	source in {"/", "/etc", "/var/run/docker.sock"}
}
