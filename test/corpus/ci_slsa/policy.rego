# What may be deployed: built by a builder that we know, from a protected branch, from the sources it says.
package corpus.ci_slsa

# METADATA
# entrypoint: true
result := {"ok": count(problems) == 0, "problems": problems}

problems contains "no provenance for this artifact" if not provenance

problems contains sprintf("builder %s is not known", [builder]) if {
	builder := provenance.predicate.runDetails.builder.id
	not builder in data.ci_slsa.builders
}

problems contains "not from a protected branch" if {
	ref := provenance.predicate.buildDefinition.externalParameters.workflow.ref
	not regex.match(`^refs/(heads/(main|release-\d+)|tags/v\d)`, ref)
}

problems contains sprintf("the material %s is not ours", [uri]) if {
	some material in provenance.predicate.buildDefinition.resolvedDependencies
	uri := material.uri
	not startswith(uri, data.ci_slsa.home)
	not material.digest.sha256 in data.ci_slsa.vendored
}

problems contains "tests failed" if {
	some check in input.checks
	check.required
	check.conclusion != "success"
}

problems contains "not enough approvals" if {
	approvers := {a.user | some a in input.approvals; a.user != input.author}
	count(approvers) < data.ci_slsa.min_approvals[input.target]
}

provenance := statement if {
	some statement in input.attestations
	statement.predicateType == "https://slsa.dev/provenance/v1"
	some subject in statement.subject
	subject.digest.sha256 == input.artifact.sha256
}
