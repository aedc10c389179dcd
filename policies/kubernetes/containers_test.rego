package kubernetes.containers_test

import data.kubernetes.fixtures_test as given

# Images

test_images_are_pinned_and_of_a_known_registry if {
	unpinned := "not pinned by a digest (@sha256:…)"
	foreign := "not of a permitted registry"
	latest := "of tag latest"
	none := "not registry/repository:tag@digest"
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
		["reg.test/app@sha256:e3b0", [none]],
		[concat("@", ["reg.test/app", upper(given.digest)]), [unpinned]],
		[concat("@", ["reg.test/app", replace(given.digest, "a", "A")]), [unpinned]],
		[concat("@", ["evil.io/x@reg.test/app", given.digest]), [none]],
		["", [none]],
	]
	strange := [[concat("@", [name, given.digest]), [none]] | some name in [
		"hub.test:5000/team/../evil/a",
		"hub.test:5000/team/./a",
		"hub.test:5000/team//a",
		"hub.test:5000/team/",
		"hub.test:5000/team/a/",
		"hub.test:5000/team/A",
		"hub.test:5000/team/a%2fb",
		"hub.test:5000/team/a b",
		"hub.test:5000/team/a:",
		"hub.test:5000/team/a:-b",
		"https://hub.test:5000/team/a",
		"hub.test:/team/a",
		"reg.test/app\n",
		" reg.test/app",
		"reg.test/app:1:2",
		"/reg.test/app",
	]]
	every row in array.concat(table, strange) {
		[text, findings] := row
		given.ask(given.changed({"image": text})).reasons == sort({sprintf("container app: image %s is %s", [text, finding]) |
			some finding in findings
		})
	}
}

test_images_must_be_strings if {
	every image in [null, 1, [given.image], {}] {
		answer := given.ask(given.pod({"containers": [object.union(object.remove(given.container, ["image"]), {"image": image})]}))
		answer.allowed == false
	}
	given.ask(given.pod({"containers": [object.remove(given.container, ["image"])]})) == given.denied([
		"container app: image (none) is not registry/repository:tag@digest",
	])
}

# Probes and hooks

test_probes_and_hooks_stay_in_the_pod if {
	probes := [[probe, {probe: {action: {"port": 80, "host": "10.0.0.1"}}}, sprintf("%s.%s", [probe, action])] |
		some probe in ["livenessProbe", "readinessProbe", "startupProbe"]
		some action in ["httpGet", "tcpSocket"]
	]
	hooks := [["lifecycle", {"lifecycle": {hook: {action: {"port": 80, "host": "10.0.0.1"}}}}, sprintf("lifecycle.%s.%s", [hook, action])] |
		some hook in ["postStart", "preStop"]
		some action in ["httpGet", "tcpSocket"]
	]
	every row in array.concat(probes, hooks) {
		every list, label in {"containers": "container", "initContainers": "init container", "ephemeralContainers": "ephemeral container"} {
			bad := object.union(given.container, row[1])
			given.ask(given.whole({list: [bad]})) == given.denied([sprintf("%s app: %s.host must not be set", [label, row[2]])])
			plain := json.patch(bad, [{"op": "replace", "path": replace(concat("", ["/", row[2], "/host"]), ".", "/"), "value": ""}])
			given.ask(given.whole({list: [plain]})) == given.allowed
		}
	}
	given.ask(given.changed({"livenessProbe": {"exec": {"command": ["true"]}}, "readinessProbe": {"httpGet": {"port": 80}}})) == given.allowed
	every part in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
		given.ask(given.changed({part: "x"})).allowed == false
	}
}

test_devices_are_not_used if {
	given.ask(given.changed({"volumeDevices": []})) == given.allowed
	every devices in [[{"name": "v", "devicePath": "/dev/v"}], "x", null] {
		given.ask(given.changed({"volumeDevices": devices})) == given.denied(["container app: volumeDevices must not be used"])
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
