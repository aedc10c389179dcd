package lib.headers_test

import data.lib.headers

test_visible_texts_are_safe if {
	every value in ["alice", "alice@example.com", "spiffe://td/a", "~!", "a=b"] {
		headers.safe(value)
	}
}

test_texts_that_services_could_read_differently_are_not if {
	every value in ["", " ", "a b", "a,b", "a\r\nx-user: root", "a\u0000", "\ta", "é", "a\u007f", 1, null, ["a"]] {
		not headers.safe(value)
	}
}

test_only_safe_values_are_set if {
	given := {
		"x-user": "alice",
		"x-roles": {"b", "a"},
		"x-list": ["d", "c"],
		"x-empty": "",
		"x-none": [],
		"x-broken": "a\nb",
		"x-mixed": ["a", "b,c"],
		"x-number": 7,
		"x-nothing": null,
	}
	headers.settable(given) == {"x-user": "alice", "x-roles": "a,b", "x-list": "c,d"}
}

test_what_is_not_set_is_removed if {
	headers.removable({"x-user", "x-roles"}, {"authorization"}, {"x-user": "alice"}) == ["authorization", "x-roles"]
	headers.removable(set(), set(), {}) == []
}
