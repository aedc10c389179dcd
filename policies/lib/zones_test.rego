package lib.zones_test

import data.lib.zones

config := {
	"ports": {"8443": "external", "8445": "internal", "9": "moon"},
	"trust_domains": {"shop.example": "internal", "vault.example": "private"},
}

route(zone) := {"attributes": {"contextExtensions": {"zone": zone}}}

port(number) := {"attributes": {"destination": {"address": {"socketAddress": {"portValue": number}}}}}

caller(id) := {"attributes": {"source": {"principal": id}}}

test_each_sign_names_the_zone if {
	every zone in ["external", "partner", "internal", "private"] {
		zones.origin(route(zone), config) == zone
	}
	zones.origin(port(8443), config) == "external"
	zones.origin(caller("spiffe://vault.example/a"), config) == "private"
}

test_signs_that_agree_are_one if {
	request := object.union_n([route("internal"), port(8445), caller("spiffe://shop.example/a")])
	zones.origin(request, config) == "internal"
}

test_signs_that_contradict_are_none if {
	every request in [
		object.union(route("internal"), port(8443)),
		object.union(route("external"), caller("spiffe://shop.example/a")),
		object.union(port(8443), caller("spiffe://vault.example/a")),
	] {
		not zones.origin(request, config)
	}
}

test_without_a_sign_there_is_no_zone if {
	every request in [
		{},
		null,
		route("moon"),
		route(""),
		route("External"),
		port(9),
		port(80),
		port("8443"),
		caller("spiffe://other.example/a"),
		caller("shop.example"),
		{"attributes": {"request": {"http": {"headers": {"zone": "internal", "x-zone": "internal"}}}}},
	] {
		not zones.origin(request, config)
	}
}

test_flows_are_closed_unless_they_are_there if {
	flows := {"external": {"internal": ["token"]}}
	zones.permits(flows, "external", "internal", "token")
	not zones.permits(flows, "external", "internal", "anonymous")
	not zones.permits(flows, "external", "private", "token")
	not zones.permits(flows, "internal", "external", "token")
	not zones.permits({}, "external", "internal", "token")
}
