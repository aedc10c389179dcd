package lib.api_keys_test

import data.lib.api_keys

secret := "0123456789abcdef0123456789abcdef"

stored := {
	"partner": "acme",
	"salt": "pepper",
	"hash": crypto.hmac.sha256(secret, "pepper"),
	"permits": {"orders": {"GET": [["orders", "{order}"]]}},
}

keys := {"acme-1": stored, "short": object.union(stored, {"hash": crypto.hmac.sha256("short", "pepper")})}

key := concat(".", ["pk", "acme-1", secret])

changed(changes) := {"acme-1": object.union(stored, changes)}

test_a_key_finds_its_record if {
	api_keys.record(key, keys) == stored
}

test_other_keys_find_none if {
	every text in [
		"",
		"pk",
		"pk.acme-1",
		"pk.acme-1.",
		"pk.acme-1.0123456789abcdef0123456789abcdeF",
		"pk.acme-2.0123456789abcdef0123456789abcdef",
		"sk.acme-1.0123456789abcdef0123456789abcdef",
		"pk.acme-1.0123456789abcdef0123456789abcdef.",
		"pk.short.short",
		concat("", [key, ",", key]),
		stored.hash,
		null,
		7,
	] {
		not api_keys.record(text, keys)
	}
}

test_records_that_are_not_whole_accept_nothing if {
	not api_keys.record(key, {"acme-1": object.remove(stored, ["hash"])})
	not api_keys.record(key, {"acme-1": object.remove(stored, ["salt"])})
	not api_keys.record(key, changed({"hash": ""}))
	not api_keys.record(key, changed({"salt": "other"}))
	not api_keys.record(key, changed({"disabled": true}))
	not api_keys.record(key, changed({"expiry": "2020-01-01T00:00:00Z"}))
}

test_a_key_ends if {
	ending := changed({"expires": "2026-12-01T00:00:00Z"})
	end := time.parse_rfc3339_ns("2026-12-01T00:00:00Z")
	api_keys.record(key, ending) with time.now_ns as end - 1
	not api_keys.record(key, ending) with time.now_ns as end
	not api_keys.record(key, changed({"expires": "soon"}))
}

test_a_partner_calls_what_its_record_permits if {
	api_keys.permits(stored, "orders", "GET", ["orders", "7"])
	not api_keys.permits(stored, "orders", "POST", ["orders", "7"])
	not api_keys.permits(stored, "orders", "GET", ["orders"])
	not api_keys.permits(stored, "orders", "GET", ["orders", "7", "refund"])
	not api_keys.permits(stored, "payments", "GET", ["orders", "7"])
	not api_keys.permits(object.remove(stored, ["permits"]), "orders", "GET", ["orders", "7"])
}
