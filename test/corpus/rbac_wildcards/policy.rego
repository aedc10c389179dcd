# Permissions written as texts such as `orders:read:eu-*`, matched segment by segment.
package corpus.rbac_wildcards

default allow := false

# METADATA
# entrypoint: true
allow if {
	some permission in permissions
	glob.match(permission, [":"], wanted)
}

wanted := sprintf("%s:%s:%s", [input.resource.kind, input.verb, input.resource.name])

permissions contains permission if {
	some group in input.subject.groups
	some permission in data.rbac_wildcards.groups[group]
}

permissions contains permission if some permission in input.subject.extra
