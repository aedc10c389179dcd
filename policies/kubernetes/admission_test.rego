package kubernetes.admission_test

import data.kubernetes.admission
import data.kubernetes.fixtures_test as given

test_a_pod_that_is_as_it_must_be if {
	given.ask(given.pod(given.spec)) == given.allowed
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
		{"request": given.pod(given.spec).request},
		object.union(given.pod(given.spec), {"apiVersion": "admission.k8s.io/v1beta1"}),
		object.union(given.pod(given.spec), {"kind": "Pod"}),
		given.requested(given.pod(given.spec), {"uid": 1}),
		given.requested(given.pod(given.spec), {"kind": "Pod"}),
		given.requested(given.pod(given.spec), {"uid": null, "operation": "DELETE"}),
		given.requested(given.pod(given.spec), {"uid": null, "namespace": "system"}),
		given.requested(given.pod(given.spec), {"uid": null, "operation": "UPDATE", "oldObject": {"spec": given.spec}}),
	] {
		given.ask(document) == {"allowed": false, "reasons": [reason]}
	}
}

test_deletions_pass_and_other_operations_do_not if {
	given.ask(given.requested(given.pod(given.spec), {"operation": "DELETE", "object": null})) == given.allowed
	every operation in ["CONNECT", "create", null] {
		given.ask(given.requested(given.pod(given.spec), {"operation": operation})) == given.denied(["only CREATE, UPDATE and DELETE are admitted"])
	}
}

test_exempt_namespaces_are_the_request_s if {
	bad := given.pod({"containers": []})
	given.ask(given.requested(bad, {"namespace": "system"})) == object.union(given.allowed, {"exempt": "part of the cluster"})
	given.ask(given.requested(bad, {"object": {"metadata": {"namespace": "system"}}})) == given.denied(["the pod has no containers"])
}

test_an_update_that_leaves_the_pod_as_it_was_passes_with_a_warning if {
	old := given.context({"privileged": true})
	same := given.requested(old, {"operation": "UPDATE", "oldObject": {"spec": old.request.object.spec}})
	given.ask(same) == object.union(given.allowed, {"warnings": ["container app: privileged must not be set"]})
	given.ask(given.requested(same, {"namespace": "system"})) == object.union(given.allowed, {"exempt": "part of the cluster"})
	given.ask(given.requested(same, {"operation": "CREATE"})) == given.denied(["container app: privileged must not be set"])
	given.ask(given.requested(same, {"oldObject": {"spec": given.spec}})) == given.denied(["container app: privileged must not be set"])
	given.ask(given.requested(given.pod(given.spec), {"operation": "UPDATE", "oldObject": {"spec": given.spec}})) == given.allowed
	given.ask(given.requested(old, {"operation": "UPDATE"})) == given.denied(["container app: privileged must not be set"])
}

test_the_core_group_has_no_name if {
	given.ask(given.review({"kind": "Pod"}, {"spec": given.spec})) == given.allowed
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
		given.ask(given.review(kind, at(path, given.spec))) == given.allowed
		bad := object.union(given.spec, {"hostPID": true})
		given.ask(given.review(kind, at(path, bad))) == given.denied(["hostPID must not be used"])
	}
}

at("spec/template", pod_spec) := {"spec": {"template": {"spec": pod_spec}}}

at("spec/jobTemplate/spec/template", pod_spec) := {"spec": {"jobTemplate": {"spec": {"template": {"spec": pod_spec}}}}}

test_kinds_and_objects_without_a_pod_are_denied if {
	table := [
		[{"group": "", "kind": "ConfigMap"}, {"data": {}}, "/ConfigMap is no kind that carries a pod, as far as this policy knows"],
		[{"group": "argoproj.io", "kind": "Rollout"}, {"spec": {}}, "argoproj.io/Rollout is no kind that carries a pod, as far as this policy knows"],
		[{"group": "evil.io", "kind": "Pod"}, {"spec": given.spec}, "evil.io/Pod is no kind that carries a pod, as far as this policy knows"],
		[{"group": null, "kind": "Pod"}, {"spec": given.spec}, "null/Pod is no kind that carries a pod, as far as this policy knows"],
		[given.pod_kind, {}, "there is no pod in the object"],
		[given.pod_kind, null, "there is no pod in the object"],
		[given.pod_kind, {"spec": "x"}, "there is no pod in the object"],
		[{"group": "apps", "kind": "Deployment"}, {"spec": given.spec}, "there is no pod in the object"],
		[given.pod_kind, {"spec": {}}, "the pod has no containers"],
		[given.pod_kind, {"spec": {"containers": {"app": given.container}}}, "the pod has no containers"],
		[given.pod_kind, {"spec": object.union(given.spec, {"initContainers": {"x": given.container}})}, "initContainers is not a list"],
		[given.pod_kind, {"spec": object.union(given.spec, {"ephemeralContainers": null})}, "ephemeralContainers is not a list"],
		[given.pod_kind, {"spec": object.union(given.spec, {"volumes": "x"})}, "volumes is not a list"],
	]
	every row in table {
		given.ask(given.review(row[0], row[1])) == given.denied([row[2]])
	}
}

test_every_container_counts if {
	bad := object.union(given.container, {"securityContext": {"privileged": true}})
	every field, label in {"initContainers": "init container app", "ephemeralContainers": "ephemeral container app"} {
		given.ask(given.whole({field: [given.container]})) == given.allowed
		given.ask(given.whole({field: [given.container, bad]})) == given.denied([sprintf("%s: privileged must not be set", [label])])
	}
	nameless := object.remove(bad, ["name"])
	given.ask(given.pod({"containers": [given.container, nameless]})) == given.denied(["container 1: privileged must not be set"])
}

test_a_container_that_is_none_has_every_finding if {
	answer := given.ask(given.pod({"containers": [given.container, "x"]}))
	answer.allowed == false
	count(answer.reasons) > 8
}

test_ephemeral_containers_have_no_resources if {
	given.ask(given.whole({"ephemeralContainers": [object.remove(given.container, ["resources"])]})) == given.allowed
}

test_all_reasons_are_listed_in_order if {
	bare := {"name": "app", "image": "nginx"}
	answer := given.ask(given.whole({"hostNetwork": true, "containers": [bare]}))
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
	reviewed(given.pod(given.spec)) == {
		"apiVersion": "admission.k8s.io/v1",
		"kind": "AdmissionReview",
		"response": {"uid": "u-1", "allowed": true},
	}
	reviewed(given.pod({"containers": []})).response == {
		"uid": "u-1",
		"allowed": false,
		"status": {"code": 403, "reason": "Forbidden", "message": "the pod has no containers"},
	}
	reviewed({}).response.allowed == false
}

reviewed(document) := answer if {
	answer := admission.review with input as document
		with data.kubernetes.pod_specs as given.cluster.pod_specs
		with data.kubernetes.registries as given.cluster.registries
		with data.kubernetes.limits as given.cluster.limits
}
