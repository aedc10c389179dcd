# Each kind of resource has a policy of its own, found by its name.
package corpus.dispatch

# METADATA
# entrypoint: true
default allow := false

allow if data.corpus.dispatch.kinds[input.kind].allow

# METADATA
# entrypoint: true
reasons contains reason if {
	some kind in input.kinds
	some reason in data.corpus.dispatch.kinds[kind].deny
}
