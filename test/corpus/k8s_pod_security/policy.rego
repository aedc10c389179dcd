# Admission: nothing runs with more rights than it needs, except where a namespace is exempt.
package corpus.k8s_pod_security

# METADATA
# entrypoint: true
deny contains message if {
	not exempt
	some container in all_containers
	container.securityContext.privileged
	message := sprintf("container %s is privileged", [container.name])
}

deny contains message if {
	not exempt
	some container in all_containers
	some capability in container.securityContext.capabilities.add
	not capability in data.k8s_pod_security.capabilities
	message := sprintf("container %s adds %s", [container.name, capability])
}

deny contains "the host's network is not for pods" if {
	not exempt
	input.object.spec.hostNetwork == true
}

deny contains message if {
	not exempt
	some volume in input.object.spec.volumes
	path := volume.hostPath.path
	not path_allowed(path)
	message := sprintf("volume %s mounts %s of the host", [volume.name, path])
}

deny contains "runs as root" if {
	not exempt
	not input.object.spec.securityContext.runAsNonRoot
	some container in all_containers
	object.get(container, ["securityContext", "runAsUser"], 0) == 0
}

all_containers := array.concat(
	object.get(input.object.spec, "containers", []),
	object.get(input.object.spec, "initContainers", []),
)

exempt if input.namespace in data.k8s_pod_security.exempt

path_allowed(path) if {
	some prefix in data.k8s_pod_security.host_paths
	startswith(path, prefix)
}
