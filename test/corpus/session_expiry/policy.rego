# Sessions end; before they do, dangerous actions ask for a fresh login.
package corpus.session_expiry

now_s := time.now_ns() / 1000000000

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.session.expires_at > now_s
	not needs_fresh
}

needs_fresh if {
	input.action in data.session_expiry.dangerous
	now_s - input.session.authenticated_at > data.session_expiry.fresh_seconds
}

# METADATA
# entrypoint: true
expires_in := input.session.expires_at - now_s if input.verbose == true
