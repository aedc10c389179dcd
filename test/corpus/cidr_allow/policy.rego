# Where a request may come from: networks of the tenant, minus those that are blocked.
package corpus.cidr_allow

# METADATA
# entrypoint: true
default allow := false

allow if {
	some network in data.cidr_allow.tenants[input.tenant].networks
	net.cidr_contains(network, client)
	not blocked
}

blocked if {
	some network in data.cidr_allow.blocked
	net.cidr_contains(network, client)
}

client := trim_space(forwarded[count(forwarded) - 1]) if {
	input.peer in data.cidr_allow.proxies
	forwarded := split(input.headers["x-forwarded-for"], ",")
} else := input.peer
