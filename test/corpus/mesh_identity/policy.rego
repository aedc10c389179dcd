# Services talk to services that they depend on, by the SPIFFE name in their certificate.
package corpus.mesh_identity

# METADATA
# entrypoint: true
default allow := false

allow if {
	caller.trust_domain == data.mesh_identity.trust_domain
	some edge in data.mesh_identity.edges
	edge.from == caller.service
	edge.to == object.get(input, ["destination", "service"], "")
	method_allowed(edge)
}

method_allowed(edge) if not edge.methods

method_allowed(edge) if input.method in edge.methods

caller := {"trust_domain": parts[0], "namespace": parts[2], "service": parts[4]} if {
	uri := urlquery.decode(input.source.principal)
	startswith(uri, "spiffe://")
	parts := split(trim_prefix(uri, "spiffe://"), "/")
	parts[1] == "ns"
	parts[3] == "sa"
	not parts[2] in data.mesh_identity.untrusted
}
