# METADATA
# title: Images from known registries, pinned by their digests
package kubernetes.images

import data.kubernetes.pod

# METADATA
# title: What is wrong with the containers' images
findings contains sprintf("%s: image %s is not pinned by a digest (@sha256:…)", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	not pinned(text)
}

findings contains sprintf("%s: image %s is of tag latest", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	latest(text)
}

findings contains sprintf("%s: image %s is not of a permitted registry", [found.label, text]) if {
	some found in pod.containers
	text := image(found.container)
	not permitted(text)
}

default image(_) := "(none)"

image(container) := container.image

pinned(text) if regex.match(`^[^@\s]+@sha256:[0-9a-f]{64}$`, text)

# Without tag and digest, latest is meant.
latest(text) if endswith(split(text, "@")[0], ":latest")

latest(text) if {
	not contains(text, "@")
	parts := split(text, "/")
	not contains(parts[count(parts) - 1], ":")
}

# The registry is what stands before the first slash. A name without one is of a default that may change.
permitted(text) if {
	parts := split(regex.replace(split(text, "@")[0], `:[^/]*$`, ""), "/")
	some beginning in data.kubernetes.registries[parts[0]]
	within(array.slice(parts, 1, count(parts)), beginning)
}

within(repository, "*") if count(repository) > 0

within(repository, beginning) if {
	wanted := split(beginning, "/")
	array.slice(repository, 0, count(wanted)) == wanted
}
