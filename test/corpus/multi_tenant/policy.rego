# Tenants are apart, unless one shares something with another; support may look when it was invited.
package corpus.multi_tenant

import data.multi_tenant.tenants

default allow := false

# METADATA
# entrypoint: true
allow if {
	same_tenant
	member_may
}

allow if {
	some share in tenants[input.resource.tenant].shares
	share.with == input.subject.tenant
	share.prefix == substring(input.resource.id, 0, count(share.prefix))
	input.action == "read"
}

allow if {
	input.subject.tenant == "support"
	input.subject.id in tenants[input.resource.tenant].invited
	input.action in {"read", "list"}
}

same_tenant if input.subject.tenant == input.resource.tenant

member_may if input.action in tenants[input.subject.tenant].roles[tenants[input.subject.tenant].members[input.subject.id]]
