package kubernetes.admission_test

import data.kubernetes.admission

# Beside the cluster's own data, which the decision vectors ask.
cluster := {
	"exempt_namespaces": {"system": "part of the cluster"},
	"pod_specs": {
		"/Pod": ["spec"],
		"apps/Deployment": ["spec", "template", "spec"],
		"apps/StatefulSet": ["spec", "template", "spec"],
		"apps/DaemonSet": ["spec", "template", "spec"],
		"batch/Job": ["spec", "template", "spec"],
		"batch/CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
	},
	"registries": {"reg.test": ["*"], "hub.test:5000": ["team", "tools/lint"]},
	"capabilities": {"NET_BIND_SERVICE": true, "CHOWN": false},
	"volumes": {"emptyDir": true, "secret": true},
	"sysctls": {"net.ipv4.tcp_syncookies": true},
	"limits": {"cpu": "2", "memory": "1Gi"},
}

digest := "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

image := concat("@", ["reg.test/app:1.2", digest])

container := {
	"name": "app",
	"image": image,
	"resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
	"securityContext": {
		"runAsNonRoot": true,
		"allowPrivilegeEscalation": false,
		"readOnlyRootFilesystem": true,
		"capabilities": {"drop": ["ALL"]},
		"seccompProfile": {"type": "RuntimeDefault"},
	},
}

spec := {"containers": [container]}

review(kind, object) := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"request": {
		"uid": "u-1",
		"kind": kind,
		"namespace": "shop",
		"operation": "CREATE",
		"object": object,
	},
}

pod_kind := {"group": "", "version": "v1", "kind": "Pod"}

pod(pod_spec) := review(pod_kind, {"metadata": {"name": "p"}, "spec": pod_spec})

requested(document, changes) := object.union(document, {"request": changes})

ask(document) := answer if {
	answer := admission.decision with input as document
		with data.kubernetes.exempt_namespaces as cluster.exempt_namespaces
		with data.kubernetes.pod_specs as cluster.pod_specs
		with data.kubernetes.registries as cluster.registries
		with data.kubernetes.capabilities as cluster.capabilities
		with data.kubernetes.volumes as cluster.volumes
		with data.kubernetes.sysctls as cluster.sysctls
		with data.kubernetes.limits as cluster.limits
}

allowed := {"allowed": true, "reasons": [], "uid": "u-1"}

denied(reasons) := {"allowed": false, "reasons": reasons, "uid": "u-1"}

# A pod with one container that differs in what is given.
changed(changes) := pod({"containers": [object.union(container, changes)]})

# The same without some of its security context, or of its resources.
without(part, keys) := pod({"containers": [object.union(
	object.remove(container, [part]),
	{part: json.remove(container[part], keys)},
)]})

context(settings) := changed({"securityContext": settings})

whole(changes) := pod(object.union(spec, changes))

# Requests

test_a_pod_that_is_as_it_must_be if {
	ask(pod(spec)) == allowed
}

test_without_input_nothing_is_allowed if {
	admission.decision == {"allowed": false, "reasons": ["this is no AdmissionReview of admission.k8s.io/v1"]}
}

test_what_is_no_review_is_denied if {
	reason := "this is no AdmissionReview of admission.k8s.io/v1"
	every document in [
		{},
		[],
		null,
		"",
		{"request": pod(spec).request},
		object.union(pod(spec), {"apiVersion": "admission.k8s.io/v1beta1"}),
		object.union(pod(spec), {"kind": "Pod"}),
		requested(pod(spec), {"uid": 1}),
		requested(pod(spec), {"kind": "Pod"}),
		requested(pod(spec), {"uid": null, "operation": "DELETE"}),
		requested(pod(spec), {"uid": null, "namespace": "system"}),
	] {
		ask(document) == {"allowed": false, "reasons": [reason]}
	}
}

test_deletions_pass_and_other_operations_do_not if {
	ask(requested(pod(spec), {"operation": "DELETE", "object": null})) == allowed
	every operation in ["CONNECT", "create", null] {
		ask(requested(pod(spec), {"operation": operation})) == denied(["only CREATE, UPDATE and DELETE are admitted"])
	}
}

test_exempt_namespaces_are_the_request_s if {
	bad := pod({"containers": []})
	ask(requested(bad, {"namespace": "system"})) == object.union(allowed, {"exempt": "part of the cluster"})
	ask(requested(bad, {"object": {"metadata": {"namespace": "system"}}})) == denied(["the pod has no containers"])
}

test_an_update_that_leaves_the_pod_as_it_was_passes_with_a_warning if {
	old := context({"privileged": true})
	same := requested(old, {"operation": "UPDATE", "oldObject": {"spec": old.request.object.spec}})
	ask(same) == object.union(allowed, {"warnings": ["container app: privileged must not be set"]})
	ask(requested(same, {"operation": "CREATE"})) == denied(["container app: privileged must not be set"])
	ask(requested(same, {"oldObject": {"spec": spec}})) == denied(["container app: privileged must not be set"])
	ask(requested(pod(spec), {"operation": "UPDATE", "oldObject": {"spec": spec}})) == allowed
	ask(requested(old, {"operation": "UPDATE"})) == denied(["container app: privileged must not be set"])
}

test_the_core_group_has_no_name if {
	ask(review({"kind": "Pod"}, {"spec": spec})) == allowed
}

# Where pods are

test_workloads_are_looked_into if {
	table := [
		["apps", "Deployment", "spec/template"],
		["apps", "StatefulSet", "spec/template"],
		["apps", "DaemonSet", "spec/template"],
		["batch", "Job", "spec/template"],
		["batch", "CronJob", "spec/jobTemplate/spec/template"],
	]
	every row in table {
		[group, name, path] := row
		kind := {"group": group, "version": "v1", "kind": name}
		ask(review(kind, at(path, spec))) == allowed
		bad := object.union(spec, {"hostPID": true})
		ask(review(kind, at(path, bad))) == denied(["hostPID must not be used"])
	}
}

at("spec/template", pod_spec) := {"spec": {"template": {"spec": pod_spec}}}

at("spec/jobTemplate/spec/template", pod_spec) := {"spec": {"jobTemplate": {"spec": {"template": {"spec": pod_spec}}}}}

test_kinds_and_objects_without_a_pod_are_denied if {
	table := [
		[{"group": "", "kind": "ConfigMap"}, {"data": {}}, "/ConfigMap is no kind that carries a pod, as far as this policy knows"],
		[{"group": "argoproj.io", "kind": "Rollout"}, {"spec": {}}, "argoproj.io/Rollout is no kind that carries a pod, as far as this policy knows"],
		[{"group": "evil.io", "kind": "Pod"}, {"spec": spec}, "evil.io/Pod is no kind that carries a pod, as far as this policy knows"],
		[{"group": null, "kind": "Pod"}, {"spec": spec}, "null/Pod is no kind that carries a pod, as far as this policy knows"],
		[pod_kind, {}, "there is no pod in the object"],
		[pod_kind, null, "there is no pod in the object"],
		[pod_kind, {"spec": "x"}, "there is no pod in the object"],
		[{"group": "apps", "kind": "Deployment"}, {"spec": spec}, "there is no pod in the object"],
		[pod_kind, {"spec": {}}, "the pod has no containers"],
		[pod_kind, {"spec": {"containers": {"app": container}}}, "the pod has no containers"],
		[pod_kind, {"spec": object.union(spec, {"initContainers": {"x": container}})}, "initContainers is not a list"],
		[pod_kind, {"spec": object.union(spec, {"ephemeralContainers": null})}, "ephemeralContainers is not a list"],
		[pod_kind, {"spec": object.union(spec, {"volumes": "x"})}, "volumes is not a list"],
	]
	every row in table {
		ask(review(row[0], row[1])) == denied([row[2]])
	}
}

test_every_container_counts if {
	bad := object.union(container, {"securityContext": {"privileged": true}})
	every field, label in {"initContainers": "init container app", "ephemeralContainers": "ephemeral container app"} {
		ask(whole({field: [container]})) == allowed
		ask(whole({field: [container, bad]})) == denied([sprintf("%s: privileged must not be set", [label])])
	}
	nameless := object.remove(bad, ["name"])
	ask(pod({"containers": [container, nameless]})) == denied(["container 1: privileged must not be set"])
}

test_a_container_that_is_none_has_every_finding if {
	answer := ask(pod({"containers": [container, "x"]}))
	answer.allowed == false
	count(answer.reasons) > 8
}

test_ephemeral_containers_have_no_resources if {
	ask(whole({"ephemeralContainers": [object.remove(container, ["resources"])]})) == allowed
}

# Privilege

test_containers_without_privilege if {
	non_root := "container app: runAsNonRoot must be true"
	root := "container app: runAsUser must not be 0"
	escalation := "container app: allowPrivilegeEscalation must be false"
	privileged := "container app: privileged must not be set"
	seccomp := "container app: seccompProfile must be RuntimeDefault or Localhost"
	table := [
		[without("securityContext", ["runAsNonRoot"]), [non_root]],
		[context({"runAsNonRoot": false}), [non_root]],
		[context({"runAsNonRoot": "true"}), [non_root]],
		[context({"runAsUser": 0}), [root]],
		[context({"runAsUser": -1}), [root]],
		[context({"runAsUser": "1000"}), [root]],
		[context({"runAsUser": 1000}), []],
		[context({"privileged": true}), [privileged]],
		[context({"privileged": "false"}), [privileged]],
		[context({"privileged": false}), []],
		[without("securityContext", ["allowPrivilegeEscalation"]), [escalation]],
		[context({"allowPrivilegeEscalation": true}), [escalation]],
		[without("securityContext", ["readOnlyRootFilesystem"]), ["container app: readOnlyRootFilesystem must be true"]],
		[without("securityContext", ["capabilities"]), ["container app: capabilities.drop must hold ALL"]],
		[context({"capabilities": {"drop": ["NET_RAW"]}}), ["container app: capabilities.drop must hold ALL"]],
		[context({"capabilities": {"add": ["NET_BIND_SERVICE"]}}), []],
		[
			context({"capabilities": {"add": ["SYS_ADMIN", "CHOWN", 1]}}),
			[
				"container app: capability 1 must not be added",
				"container app: capability CHOWN must not be added",
				"container app: capability SYS_ADMIN must not be added",
			],
		],
		[without("securityContext", ["seccompProfile"]), [seccomp]],
		[context({"seccompProfile": {"type": "Unconfined"}}), [seccomp]],
		[context({"seccompProfile": {"type": "Localhost"}}), []],
		[context({"procMount": "Unmasked"}), ["container app: procMount must be Default"]],
		[context({"procMount": "Default"}), []],
		[context({"windowsOptions": {"hostProcess": true}}), ["container app: windowsOptions.hostProcess must not be set"]],
		[changed({"ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}]}), []],
		[changed({"ports": [{"containerPort": 80, "hostPort": 80}]}), ["container app: hostPort must not be set"]],
	]
	every row in table {
		ask(row[0]).reasons == row[1]
	}
}

test_containers_replace_settings_of_their_pod if {
	outer := {"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
	table := [
		[outer, {}, []],
		[object.union(outer, {"runAsUser": 0}), {"runAsUser": 1000}, []],
		[object.union(outer, {"runAsUser": 0}), {}, ["container app: runAsUser must not be 0"]],
		[outer, {"runAsUser": 0}, ["container app: runAsUser must not be 0"]],
		[outer, {"runAsNonRoot": false}, ["container app: runAsNonRoot must be true"]],
		[
			outer, {"seccompProfile": {"type": "Unconfined"}},
			["container app: seccompProfile must be RuntimeDefault or Localhost"],
		],
		[
			object.union(outer, {"windowsOptions": {"hostProcess": true}}), {"windowsOptions": {"gmsaCredentialSpec": "x"}},
			["container app: windowsOptions.hostProcess must not be set"],
		],
	]
	plain := json.remove(container, ["securityContext/runAsNonRoot", "securityContext/seccompProfile"])
	every row in table {
		[of_pod, own, reasons] := row
		inner := object.union(plain, {"securityContext": own})
		ask(pod({"securityContext": of_pod, "containers": [inner]})).reasons == reasons
	}
}

test_pods_without_privilege if {
	table := [
		[{"hostNetwork": true}, ["hostNetwork must not be used"]],
		[{"hostPID": true, "hostIPC": "yes"}, ["hostIPC must not be used", "hostPID must not be used"]],
		[{"hostNetwork": false, "hostPID": false, "hostIPC": false}, []],
		[{"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, ["volume v: hostPath is not a permitted kind of volume"]],
		[{"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "secret": {}}]}, []],
		[{"volumes": [{"emptyDir": {}, "nfs": {}}]}, ["volume without a name: nfs is not a permitted kind of volume"]],
		[{"volumes": ["x"]}, ["volume without a name: nothing is not a permitted kind of volume"]],
		[{"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}, []],
		[{"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, ["sysctl kernel.msgmax is not permitted"]],
		[
			{"securityContext": {"windowsOptions": {"hostProcess": true}}},
			["container app: windowsOptions.hostProcess must not be set"],
		],
	]
	every row in table {
		ask(whole(row[0])).reasons == row[1]
	}
}

# Images

test_images_are_pinned_and_of_a_known_registry if {
	unpinned := "not pinned by a digest (@sha256:…)"
	foreign := "not of a permitted registry"
	latest := "of tag latest"
	pinned := {name: concat("@", [name, digest]) | some name in [
		"reg.test/app",
		"reg.test/a/b:1.2",
		"reg.test/app:latest",
		"hub.test:5000/team/app",
		"hub.test:5000/tools/lint:2",
		"hub.test:5000/tools/linter",
		"hub.test:5000/teams/app",
		"hub.test/team/app",
		"reg.test.evil.io/app",
		"reg.test",
		"app",
	]}
	table := [
		[pinned["reg.test/app"], []],
		[pinned["reg.test/a/b:1.2"], []],
		[pinned["reg.test/app:latest"], [latest]],
		[pinned["hub.test:5000/team/app"], []],
		[pinned["hub.test:5000/tools/lint:2"], []],
		[pinned["hub.test:5000/tools/linter"], [foreign]],
		[pinned["hub.test:5000/teams/app"], [foreign]],
		[pinned["hub.test/team/app"], [foreign]],
		[pinned["reg.test.evil.io/app"], [foreign]],
		[pinned["reg.test"], [foreign]],
		[pinned.app, [foreign]],
		["reg.test/app:1.2", [unpinned]],
		["reg.test/app", [unpinned, latest]],
		["hub.test:5000/team/app", [unpinned, latest]],
		["reg.test/app:latest", [unpinned, latest]],
		["reg.test/app@sha256:e3b0", [unpinned]],
		[concat("@", ["reg.test/app", upper(digest)]), [unpinned]],
		[concat("@", ["evil.io/x@reg.test/app", digest]), [unpinned, foreign]],
		["", [unpinned, foreign, latest]],
	]
	every row in table {
		[text, findings] := row
		ask(changed({"image": text})).reasons == sort({sprintf("container app: image %s is %s", [text, finding]) |
			some finding in findings
		})
	}
}

# Resources

test_requests_and_limits_are_set if {
	set := "container app: resources.%s must be set"
	table := [
		[without("resources", ["limits/cpu"]), [sprintf(set, ["limits.cpu"])]],
		[without("resources", ["limits/memory"]), [sprintf(set, ["limits.memory"])]],
		[without("resources", ["requests"]), [sprintf(set, ["requests.cpu"]), sprintf(set, ["requests.memory"])]],
		[without("resources", ["requests/memory"]), [sprintf(set, ["requests.memory"])]],
		[changed({"resources": {"limits": {"cpu": "much"}}}), [sprintf(set, ["limits.cpu"])]],
		[changed({"resources": {"limits": {"cpu": "0"}}}), [sprintf(set, ["limits.cpu"])]],
		[changed({"resources": {"limits": {"cpu": 1.5}}}), []],
		[changed({"resources": {"limits": {"cpu": "2001m"}}}), ["container app: resources.limits.cpu must be at most 2"]],
		[changed({"resources": {"limits": {"cpu": 3}}}), ["container app: resources.limits.cpu must be at most 2"]],
		[changed({"resources": {"limits": {"memory": "1073741825"}}}), ["container app: resources.limits.memory must be at most 1Gi"]],
		[changed({"resources": {"limits": {"memory": "1024Mi"}}}), []],
	]
	every row in table {
		ask(row[0]).reasons == row[1]
	}
}

test_all_reasons_are_listed_in_order if {
	bare := {"name": "app", "image": "nginx"}
	answer := ask(whole({"hostNetwork": true, "containers": [bare]}))
	answer.reasons == [
		"container app: allowPrivilegeEscalation must be false",
		"container app: capabilities.drop must hold ALL",
		"container app: image nginx is not of a permitted registry",
		"container app: image nginx is not pinned by a digest (@sha256:…)",
		"container app: image nginx is of tag latest",
		"container app: readOnlyRootFilesystem must be true",
		"container app: resources.limits.cpu must be set",
		"container app: resources.limits.memory must be set",
		"container app: resources.requests.cpu must be set",
		"container app: resources.requests.memory must be set",
		"container app: runAsNonRoot must be true",
		"container app: seccompProfile must be RuntimeDefault or Localhost",
		"hostNetwork must not be used",
	]
}

# The answer for the API server

test_the_review_is_what_the_api_server_takes if {
	reviewed(pod(spec)) == {
		"apiVersion": "admission.k8s.io/v1",
		"kind": "AdmissionReview",
		"response": {"uid": "u-1", "allowed": true},
	}
	reviewed(pod({"containers": []})).response == {
		"uid": "u-1",
		"allowed": false,
		"status": {"code": 403, "reason": "Forbidden", "message": "the pod has no containers"},
	}
	reviewed({}).response.allowed == false
}

reviewed(document) := answer if {
	answer := admission.review with input as document
		with data.kubernetes.pod_specs as cluster.pod_specs
		with data.kubernetes.registries as cluster.registries
		with data.kubernetes.limits as cluster.limits
}
