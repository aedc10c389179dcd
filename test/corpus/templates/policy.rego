# Names and messages written as templates.
package corpus.templates

# METADATA
# entrypoint: true
default allow := false

allow if data.templates.grants[key]

key := $"{input.subject.org}/{input.subject.team}:{input.verb}"

# METADATA
# entrypoint: true
reason := $"{input.subject.name} lacks {key}; ask {owner}" if not allow

default owner := "nobody"

owner := data.templates.owners[input.subject.org]
