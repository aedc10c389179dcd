# METADATA
# title: The pod that a request brings, alone or inside a workload
package kubernetes.pod

# METADATA
# title: The pod's spec
# description: Undefined when the kind is not in data.kubernetes.pod_specs, or has no spec where it should have one.
spec := spec_in(input.request.object)

# METADATA
# title: The spec as it was before an update
old_spec := spec_in(input.request.oldObject)

# METADATA
# title: Annotations that take away the confinement of containers
# description: Those of AppArmor from before Kubernetes 1.30, which its nodes still heed. By name, with their values.
apparmor := apparmor_in(input.request.object)

# METADATA
# title: The same before an update
old_apparmor := apparmor_in(input.request.oldObject)

# METADATA
# title: Group and kind
kind := sprintf("%v/%v", [object.get(input.request.kind, "group", ""), input.request.kind.kind])

# METADATA
# title: All containers, with what to call them
# description: "`{kind, label, container}` of each of the ordinary, the init and the ephemeral ones."
containers contains {"kind": list, "label": label, "container": container} if {
	some list, word in words
	some index, container in spec[list]
	label := sprintf("%s %v", [word, called(container, index)])
}

# METADATA
# title: Why there is no pod that could be looked at
problems contains sprintf("%s is no kind that carries a pod, as far as this policy knows", [kind]) if {
	not data.kubernetes.pod_specs[kind]
}

problems contains "there is no pod in the object" if {
	data.kubernetes.pod_specs[kind]
	not spec
}

problems contains "the pod has no containers" if {
	spec
	not has_containers
}

# A list that is none would hold nothing that could be looked at.
problems contains sprintf("%s is not a list", [name]) if {
	spec
	some name in {"initContainers", "ephemeralContainers", "volumes"}
	not list_or_absent(name)
}

has_containers if {
	is_array(spec.containers)
	count(spec.containers) > 0
}

annotations(holder) := object.get(holder, array.concat(above, ["metadata", "annotations"]), {}) if {
	steps := data.kubernetes.pod_specs[kind]
	above := array.slice(steps, 0, count(steps) - 1)
}

default apparmor_in(_) := {}

apparmor_in(holder) := {name: value |
	some name, value in annotations(holder)
	startswith(name, "container.apparmor.security.beta.kubernetes.io/")
}

list_or_absent(name) if is_array(object.get(spec, name, []))

spec_in(holder) := found if {
	steps := data.kubernetes.pod_specs[kind]
	is_array(steps)
	count(steps) > 0
	found := object.get(holder, steps, null)
	is_object(found)
}

words := {
	"containers": "container",
	"initContainers": "init container",
	"ephemeralContainers": "ephemeral container",
}

called(container, index) := container.name if is_string(container.name)

else := index
