# METADATA
# title: No node of one's choice, and no requests of the node to elsewhere
package kubernetes.hosts

import data.kubernetes.pod

# METADATA
# title: What is wrong with where the pod runs, and with its probes and hooks
# description: A scheduled pod that is updated keeps the node it has.
findings contains "nodeName must not be set" if {
	not object.get(pod.spec, "nodeName", "") in {"", old_node}
}

# The kubelet asks, from the node's network.
findings contains sprintf("%s: %s.host must not be set", [found.label, concat(".", path)]) if {
	some found in pod.containers
	some path in paths
	not own_host(object.get(found.container, path, {}))
}

findings contains sprintf("%s: %s cannot be read", [found.label, part]) if {
	some found in pod.containers
	some part in {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"}
	not is_object(object.get(found.container, part, {}))
}

paths contains [probe, action] if {
	some probe in {"livenessProbe", "readinessProbe", "startupProbe"}
	some action in {"httpGet", "tcpSocket"}
}

paths contains ["lifecycle", hook, action] if {
	some hook in {"postStart", "preStop"}
	some action in {"httpGet", "tcpSocket"}
}

own_host(action) if object.get(action, "host", "") == ""

default old_node := ""

old_node := pod.old_spec.nodeName if input.request.operation == "UPDATE"
