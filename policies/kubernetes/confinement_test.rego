package kubernetes.confinement_test

import data.kubernetes.fixtures_test as given

denied_settings := [
	[{"seLinuxOptions": {"type": "spc_t"}}, "seLinuxOptions.type must be one for containers"],
	[{"seLinuxOptions": {"type": "unconfined_t"}}, "seLinuxOptions.type must be one for containers"],
	[{"seLinuxOptions": {"type": null}}, "seLinuxOptions.type must be one for containers"],
	[{"seLinuxOptions": {"user": "system_u"}}, "seLinuxOptions.user must not be set"],
	[{"seLinuxOptions": {"role": "system_r", "type": "container_t"}}, "seLinuxOptions.role must not be set"],
	[{"appArmorProfile": {"type": "Unconfined"}}, "appArmorProfile must be RuntimeDefault or Localhost"],
	[{"appArmorProfile": {}}, "appArmorProfile must be RuntimeDefault or Localhost"],
	[{"appArmorProfile": null}, "appArmorProfile must be RuntimeDefault or Localhost"],
	[{"windowsOptions": {"hostProcess": true}}, "windowsOptions.hostProcess must not be set"],
	[{"windowsOptions": {"hostProcess": "x"}}, "windowsOptions.hostProcess must not be set"],
	[{"windowsOptions": {"runAsUserName": `NT AUTHORITY\SYSTEM`}}, user_name],
	[{"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}, user_name],
	[{"windowsOptions": {"runAsUserName": `User Manager\containeradministrator`}}, user_name],
	[{"windowsOptions": {"runAsUserName": 1}}, user_name],
]

user_name := "windowsOptions.runAsUserName must be ContainerUser"

permitted_settings := [
	{"seLinuxOptions": {"type": "container_t", "level": "s0:c1,c2"}},
	{"seLinuxOptions": {"type": "container_init_t"}},
	{"seLinuxOptions": {"type": "container_kvm_t"}},
	{"seLinuxOptions": {"type": "container_engine_t", "user": "", "role": ""}},
	{"seLinuxOptions": {"type": ""}},
	{"seLinuxOptions": {}},
	{"appArmorProfile": {"type": "RuntimeDefault"}},
	{"appArmorProfile": {"type": "Localhost", "localhostProfile": "p"}},
	{"windowsOptions": {"runAsUserName": "ContainerUser", "hostProcess": false}},
	{"windowsOptions": {"runAsUserName": `User Manager\ContainerUser`}},
]

test_pods_and_all_containers_are_confined if {
	lists := {"containers": "container app", "initContainers": "init container app", "ephemeralContainers": "ephemeral container app"}
	every row in denied_settings {
		[settings, reason] := row
		given.ask(given.whole({"securityContext": settings})) == given.denied([concat(": ", ["pod", reason])])
		every list, label in lists {
			bad := object.union(given.container, {"securityContext": settings})
			given.ask(given.whole({list: [bad]})) == given.denied([concat(": ", [label, reason])])
		}
	}
	every settings in permitted_settings {
		given.ask(given.whole({"securityContext": settings})) == given.allowed
		given.ask(given.context(settings)) == given.allowed
	}
}

test_a_container_does_not_make_good_its_pod if {
	document := given.pod({
		"securityContext": {"seLinuxOptions": {"type": "spc_t"}},
		"containers": [object.union(given.container, {"securityContext": {"seLinuxOptions": {"type": "container_t"}}})],
	})
	given.ask(document) == given.denied(["pod: seLinuxOptions.type must be one for containers"])
}

annotation := "container.apparmor.security.beta.kubernetes.io/app"

test_annotations_of_apparmor if {
	every value in ["runtime/default", "localhost/p"] {
		given.ask(given.requested(given.pod(given.spec), {"object": annotated(value)})) == given.allowed
	}
	reason := sprintf("annotation %s must be runtime/default or localhost/…", [annotation])
	every value in ["unconfined", "", null, 1] {
		given.ask(given.requested(given.pod(given.spec), {"object": annotated(value)})) == given.denied([reason])
	}
	template := object.union(annotated("unconfined"), {"spec": given.spec})
	kind := {"group": "apps", "version": "v1", "kind": "Deployment"}
	deployment := given.review(kind, {"spec": {"template": template}})
	given.ask(deployment) == given.denied([reason])
	job := {"group": "batch", "version": "v1", "kind": "CronJob"}
	given.ask(given.review(job, {"spec": {"jobTemplate": {"spec": {"template": template}}}})) == given.denied([reason])

	# An update that changes the annotation alone does not leave the pod as it was.
	old := {"spec": {"template": {"spec": given.spec}}}
	given.ask(given.requested(deployment, {"operation": "UPDATE", "oldObject": old})) == given.denied([reason])
	given.ask(given.requested(deployment, {"operation": "UPDATE", "oldObject": {"spec": {"template": template}}})).warnings == [reason]
}

annotated(value) := {"metadata": {"annotations": {annotation: value, "note": "x"}}}
