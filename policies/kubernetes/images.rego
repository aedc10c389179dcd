# METADATA
# title: Images from known registries, pinned by their digests
package kubernetes.images

import data.kubernetes.pod

# METADATA
# title: What is wrong with the containers' images
findings contains sprintf("%s: image %v is not registry/repository:tag@digest", [found.label, image(found.container)]) if {
	some found in pod.containers
	not reference(image(found.container))
}

findings contains sprintf("%s: image %s is not pinned by a digest (@sha256:…)", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	parts := reference(text)
	not pinned(parts)
}

findings contains sprintf("%s: image %s is of tag latest", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	parts := reference(text)
	latest(parts)
}

findings contains sprintf("%s: image %s is not of a permitted registry", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	parts := reference(text)
	not permitted(parts)
}

default image(_) := "(none)"

image(container) := container.image

# The grammar of references (github.com/distribution/reference): no dot segments, no capitals, nothing but these parts.
# Undefined for everything else.
reference(text) := {"registry": parts[1], "repository": split(parts[2], "/"), "tag": parts[3], "digest": parts[4]} if {
	[parts] := regex.find_all_string_submatch_n(
		concat("", [
			`^(?:((?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?)/)?`,
			`([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)`,
			`(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?`,
			`(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
		]),
		text, 1,
	)
}

pinned(found) if regex.match(`^sha256:[0-9a-f]{64}$`, found.digest)

latest(found) if found.tag == "latest"

# Without tag and digest, latest is meant.
latest(found) if {
	found.tag == ""
	found.digest == ""
}

# A name without a registry is of a default that may change.
permitted(found) if {
	beginnings := data.kubernetes.registries[found.registry]
	is_array(beginnings)
	some beginning in beginnings
	within(found.repository, beginning)
}

within(_, "*")

within(repository, beginning) if {
	wanted := split(beginning, "/")
	array.slice(repository, 0, count(wanted)) == wanted
}
