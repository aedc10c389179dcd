# METADATA
# title: SELinux, AppArmor and Windows
# description: >-
#   What the baseline of the Pod Security Standards permits. The pod's settings and each container's are looked at by
#   themselves, because a container that replaces one of them may leave the others.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
package kubernetes.confinement

import data.kubernetes.pod

# METADATA
# title: What is wrong with the confinement of the pod or of its containers
findings contains sprintf("%s: %s", [holder.label, requirement]) if {
	some holder in holders
	some requirement in requirements
	not meets(object.get(holder.of, "securityContext", {}), requirement)
}

findings contains sprintf("annotation %s must be runtime/default or localhost/…", [name]) if {
	some name, value in pod.apparmor
	not confined(value)
}

holders contains {"label": "pod", "of": pod.spec}

holders contains {"label": found.label, "of": found.container} if some found in pod.containers

requirements := {
	"appArmorProfile must be RuntimeDefault or Localhost",
	"seLinuxOptions.role must not be set",
	"seLinuxOptions.type must be one for containers",
	"seLinuxOptions.user must not be set",
	"windowsOptions.hostProcess must not be set",
	"windowsOptions.runAsUserName must be ContainerUser",
}

meets(context, "appArmorProfile must be RuntimeDefault or Localhost") if not "appArmorProfile" in object.keys(context)

meets(context, "appArmorProfile must be RuntimeDefault or Localhost") if {
	context.appArmorProfile.type in {"RuntimeDefault", "Localhost"}
}

meets(context, "seLinuxOptions.role must not be set") if option(context, "seLinuxOptions", "role") == ""

meets(context, "seLinuxOptions.user must not be set") if option(context, "seLinuxOptions", "user") == ""

meets(context, "seLinuxOptions.type must be one for containers") if {
	types := {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
	option(context, "seLinuxOptions", "type") in types
}

meets(context, "windowsOptions.hostProcess must not be set") if {
	option(context, "windowsOptions", "hostProcess") in {"", false}
}

# Names of accounts are the same in any case.
meets(context, "windowsOptions.runAsUserName must be ContainerUser") if {
	lower(option(context, "windowsOptions", "runAsUserName")) in {"", "containeruser", `user manager\containeruser`}
}

# An empty string when it is not set; undefined when the options cannot be read.
option(context, options, key) := object.get(object.get(context, options, {}), key, "")

confined("runtime/default")

confined(value) if startswith(value, "localhost/")
