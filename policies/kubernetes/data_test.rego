package kubernetes.data_test

import data.kubernetes.admission
import data.kubernetes.fixtures_test as given

tables := {
	"exempt_namespaces": data.kubernetes.exempt_namespaces,
	"pod_specs": data.kubernetes.pod_specs,
	"registries": data.kubernetes.registries,
	"capabilities": data.kubernetes.capabilities,
	"volumes": data.kubernetes.volumes,
	"sysctls": data.kubernetes.sysctls,
	"limits": data.kubernetes.limits,
}

allowed("exempt_namespaces", document, table) if {
	admission.allow with input as document with data.kubernetes.exempt_namespaces as table
}

allowed("pod_specs", document, table) if {
	admission.allow with input as document with data.kubernetes.pod_specs as table
}

allowed("registries", document, table) if {
	admission.allow with input as document with data.kubernetes.registries as table
}

allowed("capabilities", document, table) if {
	admission.allow with input as document with data.kubernetes.capabilities as table
}

allowed("volumes", document, table) if {
	admission.allow with input as document with data.kubernetes.volumes as table
}

allowed("sysctls", document, table) if {
	admission.allow with input as document with data.kubernetes.sysctls as table
}

allowed("limits", document, table) if {
	admission.allow with input as document with data.kubernetes.limits as table
}

container := object.union(given.container, {"image": concat("@", ["ghcr.io/shop-example/app", given.digest])})

with_container(changes) := given.pod({"containers": [object.union(container, changes)]})

with_spec(changes) := given.pod(object.union({"containers": [container]}, changes))

# What is denied because of each table.
denied := {
	"exempt_namespaces": [
		given.requested(with_spec({"hostPID": true}), {"namespace": "x"}),
		given.requested(with_spec({"hostPID": true}), {"namespace": 0}),
	],
	"pod_specs": [
		with_spec({"hostPID": true}),
		given.review({"group": "apps", "kind": "Deployment"}, {"spec": {"containers": [container]}}),
		given.review({"group": "x", "kind": "Pod"}, {"spec": {"containers": [container]}}),
	],
	"registries": [with_container({"image": concat("@", [image, given.digest])}) |
		some image in ["app", "ghcr.io/app", "ghcr.io/shop-example2/app", "docker.io/shop-example/app"]
	],
	"capabilities": [with_container({"securityContext": {"capabilities": {"add": [name]}}}) | some name in ["CHOWN", 0, 1]],
	"volumes": [with_spec({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]})],
	"sysctls": [with_spec({"securityContext": {"sysctls": [{"name": name, "value": "1"}]}}) | some name in ["kernel.msgmax", 0, 1]],
	"limits": [
		with_container({"resources": {"limits": {"cpu": "5"}}}),
		with_container({"resources": {"limits": {"memory": "9Gi"}}}),
		with_container({"resources": {"requests": {"cpu": null}}}),
	],
}

test_the_questions_are_answered_as_they_are_listed if {
	every table in object.keys(denied) {
		allowed(table, with_spec({}), tables[table])
		every document in denied[table] {
			not allowed(table, document, tables[table])
		}
	}
}

# A fault of the data must not open anything: each value in it, whole tables too, is replaced in turn.
test_no_fault_of_the_data_allows_more if {
	every table in object.keys(denied) {
		opened(table) == []
	}
}

opened(table) := [[path, fault, document] |
	walk(tables[table], [path, _])
	some document in denied[table]
	some fault in [null, "x", ["x", true]]
	allowed(table, document, json.patch(tables[table], [{"op": "replace", "path": path, "value": fault}]))
]

test_limits_that_are_no_table_have_a_reason if {
	answer := admission.decision with input as with_spec({}) with data.kubernetes.limits as null
	answer.reasons == ["the policy's data has a fault: limits must be a table"]
}
