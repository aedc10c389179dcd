# Admission: two ingresses of different namespaces never claim the same host and path.
package corpus.k8s_ingress

# METADATA
# entrypoint: true
conflict contains {"host": host, "path": path, "with": concat("/", [namespace, name])} if {
	input.request.operation in {"CREATE", "UPDATE"}
	some rule in input.request.object.spec.rules
	host := rule.host
	path := object.get(rule, "path", "/")
	some namespace, ingresses in data.k8s_ingress.cluster
	namespace != input.request.namespace
	some name, ingress in ingresses
	some other in ingress.rules
	other.host == host
	object.get(other, "path", "/") == path
}
