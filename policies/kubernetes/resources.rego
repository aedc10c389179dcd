# METADATA
# title: Requests and limits
# description: Ephemeral containers have none, because Kubernetes lets them have none.
package kubernetes.resources

import data.kubernetes.pod

# METADATA
# title: What is wrong with the containers' resources
findings contains "the policy's data has a fault: limits must be a table" if not is_object(data.kubernetes.limits)

findings contains sprintf("%s: resources.%s.%s must be set", [found.label, part, name]) if {
	some found in bounded
	some part in {"requests", "limits"}
	some name, _ in data.kubernetes.limits
	not is_set(found.container, part, name)
}

findings contains sprintf("%s: resources.limits.%s must be at most %v", [found.label, name, highest]) if {
	some found in bounded
	some name, highest in data.kubernetes.limits
	is_set(found.container, "limits", name)
	not within(found.container, name, highest)
}

bounded contains found if {
	some found in pod.containers
	found.kind != "ephemeralContainers"
}

is_set(container, part, name) if amount(container.resources[part][name]) > 0

within(container, name, highest) if amount(container.resources.limits[name]) <= amount(highest)

# Kubernetes writes `500m`, `2`, `1.5Gi`; numbers may be bare.
amount(quantity) := units.parse(quantity) if is_string(quantity)

amount(quantity) := quantity if is_number(quantity)
