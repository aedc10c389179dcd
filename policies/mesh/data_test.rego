package mesh.data_test

import data.mesh.authz
import data.mesh.mesh_test as fixtures

tables := {
	"trust_domains": data.mesh.trust_domains,
	"services": data.mesh.services,
	"namespaces": data.mesh.namespaces,
	"quarantined": data.mesh.quarantined,
}

ask(document, given) := answer if {
	answer := authz.decision with input as document
		with data.mesh.trust_domains as given.trust_domains
		with data.mesh.services as given.services
		with data.mesh.namespaces as given.namespaces
		with data.mesh.quarantined as given.quarantined
}

denied := [
	fixtures.call(fixtures.id("warehouse"), fixtures.id("inventory"), "DELETE", "/stock"),
	fixtures.call(fixtures.id("legacy-importer"), fixtures.id("inventory"), "GET", "/stock"),
	fixtures.call(fixtures.id("storefront"), fixtures.id("orders"), "POST", "/orders"),
	fixtures.call(fixtures.prometheus, fixtures.prometheus, "GET", "/metrics"),
	fixtures.grpc(fixtures.id("orders"), fixtures.id("inventory"), fixtures.reserve, {"x-order-id": "7", "x-dry-run": "1"}),
	fixtures.grpc(fixtures.id("orders"), fixtures.payments, "/shop.payments.v1.Payments/Capture", {}),
]

# The importer has a rule, so that only its quarantine denies it.
rich := json.patch(tables, [{
	"op": "add",
	"path": ["services", fixtures.id("inventory"), "callers", fixtures.id("legacy-importer")],
	"value": [{"name": "a", "methods": ["GET"], "path": ["stock"]}],
}])

# Whatever stands somewhere in the data, whole tables too, is replaced in turn by what does not belong there.
opened contains [path, fault] if {
	some path in {place | walk(rich, [place, _]); count(place) > 0}
	some fault in [null, "3", ["3"]]
	given := json.patch(rich, [{"op": "replace", "path": path, "value": fault}])
	some document in denied
	ask(document, given).allowed
}

# A list is another form of the quarantine, in which the importer is not.
test_no_fault_of_the_data_allows_more if {
	opened - {[["quarantined"], ["3"]]} == set()
}
