# METADATA
# title: No root and no privilege
# description: >-
#   Requirements are met or not: what is not clearly met is a finding, and so is what cannot be read. Settings of a
#   container replace those of its pod, as in Kubernetes.
package kubernetes.security

import data.kubernetes.pod

# METADATA
# title: What is wrong with the pod, and with its containers
findings contains sprintf("%s must not be used", [sharing]) if {
	some sharing in {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"}
	not off(pod.spec, sharing)
}

findings contains sprintf("volume %s: %s is not a permitted kind of volume", [name_of(volume), kind]) if {
	some volume in pod.spec.volumes
	some kind in kinds(volume)
	not listed(data.kubernetes.volumes, kind)
}

findings contains sprintf("sysctl %s is not permitted", [name_of(sysctl)]) if {
	some sysctl in pod.spec.securityContext.sysctls
	not listed(data.kubernetes.sysctls, sysctl.name)
}

findings contains "sysctls is not a list" if not sysctls_listed

findings contains "fsGroup must not be 0" if not no_root(object.get(context(pod.spec), "fsGroup", {}))

findings contains "supplementalGroups must not hold 0" if not groups_without_root

findings contains sprintf("%s: capability %v must not be added", [found.label, capability]) if {
	some found in pod.containers
	some capability in found.container.securityContext.capabilities.add
	not listed(data.kubernetes.capabilities, capability)
}

findings contains sprintf("%s: %s", [found.label, requirement]) if {
	some found in pod.containers
	some requirement in requirements
	not meets(found.container, requirement)
}

# METADATA
# title: What every container must be
# description: Each has rules below. One without a rule would be met by no container.
requirements := {
	"runAsNonRoot must be true",
	"runAsUser must not be 0",
	"runAsGroup must not be 0",
	"privileged must not be set",
	"allowPrivilegeEscalation must be false",
	"capabilities.add must be a list",
	"capabilities.drop must hold ALL",
	"readOnlyRootFilesystem must be true",
	"seccompProfile must be RuntimeDefault or Localhost",
	"procMount must be Default",
	"hostPort must not be set",
	"volumeDevices must not be used",
}

meets(container, "runAsNonRoot must be true") if setting(container, "runAsNonRoot") == true

meets(container, "runAsUser must not be 0") if no_root(setting(container, "runAsUser"))

meets(container, "runAsGroup must not be 0") if no_root(setting(container, "runAsGroup"))

meets(container, "privileged must not be set") if off(context(container), "privileged")

meets(container, "allowPrivilegeEscalation must be false") if {
	container.securityContext.allowPrivilegeEscalation == false
}

meets(container, "capabilities.add must be a list") if {
	is_array(object.get(container, ["securityContext", "capabilities", "add"], []))
}

meets(container, "capabilities.drop must hold ALL") if "ALL" in container.securityContext.capabilities.drop

meets(container, "readOnlyRootFilesystem must be true") if container.securityContext.readOnlyRootFilesystem == true

meets(container, "seccompProfile must be RuntimeDefault or Localhost") if {
	setting(container, "seccompProfile").type in {"RuntimeDefault", "Localhost"}
}

meets(container, "procMount must be Default") if object.get(context(container), "procMount", "Default") == "Default"

meets(container, "hostPort must not be set") if {
	every port in object.get(container, "ports", []) {
		object.get(port, "hostPort", 0) == 0
	}
}

meets(container, "volumeDevices must not be used") if object.get(container, "volumeDevices", []) == []

# Unset is good enough, because runAsNonRoot must be set.
no_root({})

no_root(id) if {
	is_number(id)
	id > 0
}

groups_without_root if {
	groups := object.get(context(pod.spec), "supplementalGroups", [])
	is_array(groups)
	every group in groups {
		is_number(group)
		no_root(group)
	}
}

listed(table, name) if {
	is_object(table)
	table[name] == true
}

sysctls_listed if is_array(object.get(context(pod.spec), "sysctls", []))

# What holds for a container: its own setting, else the pod's, else an empty object.
setting(container, key) := object.get(context(container), key, object.get(context(pod.spec), key, {}))

context(holder) := object.get(holder, "securityContext", {})

off(holder, key) if object.get(holder, key, false) == false

# What cannot be read is of a kind that nobody permits.
default kinds(_) := {"nothing"}

kinds(volume) := object.keys(object.remove(volume, ["name"]))

default name_of(_) := "without a name"

name_of(holder) := holder.name
