package kubernetes.containers_test

import data.kubernetes.fixtures_test as given

# Images

test_images_are_pinned_and_of_a_known_registry if {
	unpinned := "not pinned by a digest (@sha256:…)"
	foreign := "not of a permitted registry"
	latest := "of tag latest"
	pinned := {name: concat("@", [name, given.digest]) | some name in [
		"reg.test/app",
		"reg.test/a/b:1.2",
		"reg.test/app:latest",
		"hub.test:5000/team/app",
		"hub.test:5000/tools/lint:2",
		"hub.test:5000/tools/linter",
		"hub.test:5000/teams/app",
		"hub.test/team/app",
		"reg.test.evil.io/app",
		"reg.test",
		"app",
	]}
	table := [
		[pinned["reg.test/app"], []],
		[pinned["reg.test/a/b:1.2"], []],
		[pinned["reg.test/app:latest"], [latest]],
		[pinned["hub.test:5000/team/app"], []],
		[pinned["hub.test:5000/tools/lint:2"], []],
		[pinned["hub.test:5000/tools/linter"], [foreign]],
		[pinned["hub.test:5000/teams/app"], [foreign]],
		[pinned["hub.test/team/app"], [foreign]],
		[pinned["reg.test.evil.io/app"], [foreign]],
		[pinned["reg.test"], [foreign]],
		[pinned.app, [foreign]],
		["reg.test/app:1.2", [unpinned]],
		["reg.test/app", [unpinned, latest]],
		["hub.test:5000/team/app", [unpinned, latest]],
		["reg.test/app:latest", [unpinned, latest]],
		["reg.test/app@sha256:e3b0", [unpinned]],
		[concat("@", ["reg.test/app", upper(given.digest)]), [unpinned]],
		[concat("@", ["evil.io/x@reg.test/app", given.digest]), [unpinned, foreign]],
		["", [unpinned, foreign, latest]],
	]
	every row in table {
		[text, findings] := row
		given.ask(given.changed({"image": text})).reasons == sort({sprintf("container app: image %s is %s", [text, finding]) |
			some finding in findings
		})
	}
}

# Resources

test_requests_and_limits_are_set if {
	set := "container app: resources.%s must be set"
	table := [
		[given.without("resources", ["limits/cpu"]), [sprintf(set, ["limits.cpu"])]],
		[given.without("resources", ["limits/memory"]), [sprintf(set, ["limits.memory"])]],
		[given.without("resources", ["requests"]), [sprintf(set, ["requests.cpu"]), sprintf(set, ["requests.memory"])]],
		[given.without("resources", ["requests/memory"]), [sprintf(set, ["requests.memory"])]],
		[given.changed({"resources": {"limits": {"cpu": "much"}}}), [sprintf(set, ["limits.cpu"])]],
		[given.changed({"resources": {"limits": {"cpu": "0"}}}), [sprintf(set, ["limits.cpu"])]],
		[given.changed({"resources": {"limits": {"cpu": 1.5}}}), []],
		[given.changed({"resources": {"limits": {"cpu": "2001m"}}}), ["container app: resources.limits.cpu must be at most 2"]],
		[given.changed({"resources": {"limits": {"cpu": 3}}}), ["container app: resources.limits.cpu must be at most 2"]],
		[given.changed({"resources": {"limits": {"memory": "1073741825"}}}), ["container app: resources.limits.memory must be at most 1Gi"]],
		[given.changed({"resources": {"limits": {"memory": "1024Mi"}}}), []],
	]
	every row in table {
		given.ask(row[0]).reasons == row[1]
	}
}
