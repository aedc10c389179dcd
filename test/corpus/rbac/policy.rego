# Who may do what by the roles that are bound to them.
package corpus.rbac

default allow := false

# METADATA
# entrypoint: true
allow if {
	some role in data.rbac.bindings[input.user]
	some grant in data.rbac.roles[role]
	grant.action == input.action
	grant.type == input.type
}

allow if "owner" in data.rbac.bindings[input.user]
