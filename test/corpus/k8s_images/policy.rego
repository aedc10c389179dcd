# Admission: images come from registries that we trust, by digest or by a tag that is not `latest`.
package corpus.k8s_images

# METADATA
# entrypoint: true
deny contains message if {
	some container in containers
	not trusted(container.image)
	message := sprintf("%s: image %s is not from a trusted registry", [container.name, container.image])
}

deny contains message if {
	some container in containers
	floating(container.image)
	message := sprintf("%s: image %s can change", [container.name, container.image])
}

containers contains container if {
	input.request.kind.kind == "Pod"
	some field in ["containers", "initContainers"]
	some container in input.request.object.spec[field]
}

containers contains container if {
	input.request.kind.kind in {"Deployment", "StatefulSet"}
	some container in input.request.object.spec.template.spec.containers
}

trusted(image) if {
	some registry in data.k8s_images.registries
	startswith(image, concat("", [registry, "/"]))
}

floating(image) if endswith(image, ":latest")

floating(image) if {
	not contains(image, "@sha256:")
	not contains(regex.replace(image, "^[^/]*/", ""), ":")
}
