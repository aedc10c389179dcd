# Decisions by resource, all at once, for a page that shows only the buttons that work.
package corpus.partial_objects

buttons[resource.id][verb] if {
	some resource in input.resources
	some verb in data.partial_objects.verbs[resource.type]
	may(verb, resource)
}

may("view", _) := true

may("edit", resource) if resource.author == input.me

may("edit", _) if "editor" in input.roles

may("delete", resource) if {
	"editor" in input.roles
	resource.state != "published"
}

summary.editable := count([1 | some id; buttons[id].edit])

summary.total := count(input.resources)

# METADATA
# entrypoint: true
page := {"buttons": buttons, "summary": summary}
