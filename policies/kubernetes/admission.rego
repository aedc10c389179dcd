# METADATA
# title: Which pods come into the cluster
# description: >-
#   Asked by a validating webhook with an AdmissionReview (admission.k8s.io/v1) about pods and workloads. What is
#   wrong is listed in full, so that one look is enough to mend it.
# authors:
#   - name: Portcullis
# related_resources:
#   - https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
package kubernetes.admission

import data.kubernetes.confinement
import data.kubernetes.hosts
import data.kubernetes.images
import data.kubernetes.pod
import data.kubernetes.resources
import data.kubernetes.security

# METADATA
# title: The decision, with its reasons
# description: >-
#   `allowed` and `reasons` (sorted, empty when allowed), `uid` of the request, `exempt` with the reason why a namespace
#   is not checked, and `warnings`: what is wrong with a pod that an update leaves as it was.
# entrypoint: true
decision := object.union_n([{"allowed": allow, "reasons": reasons}, uid, exemption, warnings])

# METADATA
# title: The AdmissionReview that answers the API server
# entrypoint: true
review := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": object.union_n([{"allowed": allow}, uid, status, warnings]),
}

default allow := false

allow if count(permits) > 0

# METADATA
# title: Why the request may pass
permits contains "nothing comes to run" if {
	request
	input.request.operation == "DELETE"
}

permits contains "the namespace is exempt" if exempt

permits contains "the pod is as it was" if unchanged

permits contains "the pod is as it must be" if {
	checked
	count(pod.containers) > 0
	count(pod.problems | findings) == 0
}

# METADATA
# title: Why the request is denied
# description: Empty when it is allowed, never empty when it is denied.
default reasons := ["nothing permits this request"]

reasons := [] if allow

else := sort(denials) if count(denials) > 0

denials := {"this is no AdmissionReview of admission.k8s.io/v1"} if not request

else := {"only CREATE, UPDATE and DELETE are admitted"} if not checked

else := pod.problems if count(pod.problems) > 0

else := findings

findings := union({
	security.findings,
	confinement.findings,
	hosts.findings,
	images.findings,
	resources.findings,
})

request if {
	input.apiVersion == "admission.k8s.io/v1"
	input.kind == "AdmissionReview"
	is_string(input.request.uid)
	is_string(input.request.kind.kind)
}

checked if {
	request
	input.request.operation in {"CREATE", "UPDATE"}
}

# The request's own namespace: the object is written by whoever sends it.
exempt := reason if {
	request
	is_string(input.request.namespace)
	reason := data.kubernetes.exempt_namespaces[input.request.namespace]
	is_string(reason)
}

# Labels and finalizers of pods that came earlier must not get stuck.
unchanged if {
	request
	input.request.operation == "UPDATE"
	pod.spec == pod.old_spec
	pod.apparmor == pod.old_apparmor
}

default uid := {}

uid := {"uid": input.request.uid} if request

default exemption := {}

exemption := {"exempt": exempt}

default warnings := {}

warnings := {"warnings": sort(findings)} if {
	unchanged
	not exempt
	count(findings) > 0
}

status := {} if allow

else := {"status": {"code": 403, "reason": "Forbidden", "message": concat("; ", reasons)}}
