package kubernetes.fixtures_test

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
