package lib.spiffe_test

import data.lib.spiffe

test_workloads_have_namespace_and_account if {
	spiffe.parsed("spiffe://shop.example/ns/shop/sa/orders") == {
		"trust_domain": "shop.example",
		"segments": ["ns", "shop", "sa", "orders"],
		"namespace": "shop",
		"service_account": "orders",
	}
}

test_an_identity_has_at_most_2048_characters if {
	letters := concat("", [x | some _ in numbers.range(1, 2048 - count("spiffe://td/")); x := "a"])
	spiffe.parsed(concat("", ["spiffe://td/", letters]))
	not spiffe.parsed(concat("", ["spiffe://td/a", letters]))
}

test_other_paths_have_segments_only if {
	spiffe.parsed("spiffe://td/Billing_1/v2.0") == {"trust_domain": "td", "segments": ["Billing_1", "v2.0"]}
	not spiffe.parsed("spiffe://td/ns/shop/sa/orders/extra").namespace
}

test_what_is_no_identity if {
	every id in [
		"",
		"orders",
		"spiffe://",
		"spiffe://td",
		"spiffe://td/",
		"spiffe:///a",
		"https://td/a",
		"SPIFFE://td/a",
		"spiffe://TD/a",
		"spiffe://td:443/a",
		"spiffe://user@td/a",
		"spiffe://td/a/",
		"spiffe://td//a",
		"spiffe://td/a/../b",
		"spiffe://td/./a",
		"spiffe://td/a%2fb",
		"spiffe://td/a?x=1",
		"spiffe://td/a#x",
		"spiffe://td/a,spiffe://td/b",
		"spiffe://td/a\nspiffe://td/b",
		" spiffe://td/a",
		concat("", ["spiffe://td/", concat("", [x | some _ in numbers.range(1, 2048); x := "a"])]),
		null,
		1,
	] {
		not spiffe.parsed(id)
	}
}

test_only_listed_domains_are_trusted if {
	spiffe.trusted("spiffe://shop.example/a", ["shop.example"])
	every id in ["spiffe://evil.example/a", "spiffe://shop.example.evil/a", "spiffe://a.shop.example/a", "shop.example"] {
		not spiffe.trusted(id, ["shop.example"])
	}
	not spiffe.trusted("spiffe://shop.example/a", [])
}
