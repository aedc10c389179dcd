# Admission: objects carry the labels that their kind requires, with values that are allowed.
package corpus.k8s_labels

# METADATA
# entrypoint: true
violation contains {"label": label, "problem": "missing"} if {
	some label, _ in required
	not has_label(label)
}

violation contains {"label": label, "problem": "value"} if {
	some label, pattern in required
	has_label(label)
	not regex.match(pattern, labels[label])
}

violation contains {"label": label, "problem": "reserved"} if {
	some label, _ in labels
	startswith(label, "kubernetes.io/")
}

required := data.k8s_labels.required[input.review.kind.kind]

labels := input.review.object.metadata.labels

has_label(label) if labels[label]
