# METADATA
# title: Headers for the services behind
# description: >-
#   Identity headers are set by the policy or removed, never passed through. Only values that mean the same to every server
#   become headers.
package lib.headers

# METADATA
# title: Whether a text can stand in a header
# description: Visible ASCII without comma, for services may split a value at commas.
safe(value) if regex.match(`^[\x21-\x2b\x2d-\x7e]+$`, value)

# METADATA
# title: The headers to set
# description: Of an object by name, those with a safe text. A list becomes one sorted value with commas.
settable(values) := {name: text |
	some name, value in values
	text := as_text(value)
}

as_text(value) := value if safe(value)

as_text(value) := concat(",", sort(value)) if {
	not is_string(value)
	count(value) > 0
	every item in value {
		safe(item)
	}
}

# METADATA
# title: The headers to remove
# description: All identity headers that are not set, and the credentials, sorted.
removable(identity, credentials, set_headers) := sort((identity | credentials) - object.keys(set_headers))

# METADATA
# title: Headers that stand for another method or path
# description: Some frameworks and servers take these for the method or path of the request, which the policy has not looked at.
overrides := {"x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url"}
