# Admission: every container has limits, and they are within the quota of its namespace.
package corpus.k8s_resources

# METADATA
# entrypoint: true
deny contains message if {
	some container in input.spec.containers
	some resource in ["cpu", "memory"]
	not container.resources.limits[resource]
	message := sprintf("%s has no limit for %s", [container.name, resource])
}

deny contains "memory is above the quota" if memory > quota.memory

deny contains "cpu is above the quota" if cpu > quota.cpu

memory := sum([units.parse_bytes(c.resources.limits.memory) | some c in input.spec.containers])

cpu := sum([units.parse(c.resources.limits.cpu) | some c in input.spec.containers])

default quota := {"memory": 536870912, "cpu": 2}

quota := data.k8s_resources.quotas[input.namespace]
