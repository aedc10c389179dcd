# METADATA
# title: SPIFFE identities
# description: >-
#   Reads spiffe://trust-domain/path as the SPIFFE ID standard writes it. Anything else is not an identity: other schemes,
#   ports, queries, escapes, empty or dot segments, capitals in the trust domain.
package lib.spiffe

# METADATA
# title: The parts of an identity
# description: >-
#   {"trust_domain", "segments"}, and with the path /ns/…/sa/… of a mesh "namespace" and "service_account" too.
#   Undefined for what is not a SPIFFE ID.
parsed(id) := object.union({"trust_domain": domain, "segments": segments}, workload(segments)) if {
	count(id) <= 2048
	regex.match(`^spiffe://[a-z0-9._-]+(/[a-zA-Z0-9._-]+)+$`, id)
	parts := split(id, "/")
	domain := parts[2]
	segments := array.slice(parts, 3, count(parts))
	count({segment | some segment in segments} & {".", ".."}) == 0
}

workload(segments) := {"namespace": namespace, "service_account": account} if {
	["ns", namespace, "sa", account] = segments
} else := {}

# METADATA
# title: Whether an identity is of one of the trust domains
trusted(id, domains) if parsed(id).trust_domain in domains
