# METADATA
# title: API keys of partners
# description: >-
#   A key is `pk.<id>.<secret>`. The id finds the record; the record holds a salt and the HMAC-SHA-256 of the secret under
#   it, never the secret. Meant for random secrets of at least 32 characters, not for passwords.
package lib.api_keys

import data.lib.paths

# METADATA
# title: The record of an accepted key
# description: >-
#   `keys` are records by id: {"partner", "salt", "hash", "expires"?, "disabled"?, "permits"?}. Undefined for a key that is
#   malformed, unknown, wrong, disabled or past `expires` (RFC 3339).
record(key, keys) := found if {
	["pk", id, secret] = split(key, ".")
	count(secret) >= 32
	found := keys[id]
	count(object.keys(found) - words_of_records) == 0
	crypto.hmac.equal(crypto.hmac.sha256(secret, found.salt), found.hash)
	not found.disabled
	in_time(found)
}

# A word that is not known could be a limit that is misspelt.
words_of_records := {"disabled", "expires", "hash", "partner", "permits", "salt", "tier"}

# A record without an end is good until it is removed, and its answers can be cached.
in_time(found) if not found.expires

in_time(found) if {
	end := time.parse_rfc3339_ns(found.expires)
	time.now_ns() < end
}

# METADATA
# title: Whether a partner may call a path
# description: '`permits` holds path templates by service and method: {"orders": {"GET": [["orders", "{order}"]]}}.'
permits(found, service, method, segments) if {
	some template in found.permits[service][method]
	paths.captures(template, segments)
}
