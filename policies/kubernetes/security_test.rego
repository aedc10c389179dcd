package kubernetes.security_test

import data.kubernetes.fixtures_test as given

test_containers_without_privilege if {
	non_root := "container app: runAsNonRoot must be true"
	root := "container app: runAsUser must not be 0"
	group := "container app: runAsGroup must not be 0"
	escalation := "container app: allowPrivilegeEscalation must be false"
	privileged := "container app: privileged must not be set"
	seccomp := "container app: seccompProfile must be RuntimeDefault or Localhost"
	table := [
		[given.without("securityContext", ["runAsNonRoot"]), [non_root]],
		[given.context({"runAsNonRoot": false}), [non_root]],
		[given.context({"runAsNonRoot": "true"}), [non_root]],
		[given.context({"runAsUser": 0}), [root]],
		[given.context({"runAsUser": -1}), [root]],
		[given.context({"runAsUser": "1000"}), [root]],
		[given.context({"runAsUser": 1000}), []],
		[given.context({"runAsGroup": 0}), [group]],
		[given.context({"runAsGroup": "0"}), [group]],
		[given.context({"runAsGroup": 1000}), []],
		[given.context({"privileged": true}), [privileged]],
		[given.context({"privileged": "false"}), [privileged]],
		[given.context({"privileged": false}), []],
		[given.without("securityContext", ["allowPrivilegeEscalation"]), [escalation]],
		[given.context({"allowPrivilegeEscalation": true}), [escalation]],
		[given.without("securityContext", ["readOnlyRootFilesystem"]), ["container app: readOnlyRootFilesystem must be true"]],
		[given.without("securityContext", ["capabilities"]), ["container app: capabilities.drop must hold ALL"]],
		[given.context({"capabilities": {"drop": ["NET_RAW"]}}), ["container app: capabilities.drop must hold ALL"]],
		[given.context({"capabilities": {"add": ["NET_BIND_SERVICE"]}}), []],
		[given.context({"capabilities": {"add": "SYS_ADMIN"}}), ["container app: capabilities.add must be a list"]],
		[
			given.context({"capabilities": {"add": ["SYS_ADMIN", "CHOWN", 1]}}),
			[
				"container app: capability 1 must not be added",
				"container app: capability CHOWN must not be added",
				"container app: capability SYS_ADMIN must not be added",
			],
		],
		[given.without("securityContext", ["seccompProfile"]), [seccomp]],
		[given.context({"seccompProfile": {"type": "Unconfined"}}), [seccomp]],
		[given.context({"seccompProfile": {"type": "Localhost"}}), []],
		[given.context({"procMount": "Unmasked"}), ["container app: procMount must be Default"]],
		[given.context({"procMount": "Default"}), []],
		[given.context({"windowsOptions": {"hostProcess": true}}), ["container app: windowsOptions.hostProcess must not be set"]],
		[given.changed({"ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}]}), []],
		[given.changed({"ports": [{"containerPort": 80, "hostPort": 80}]}), ["container app: hostPort must not be set"]],
	]
	every row in table {
		given.ask(row[0]).reasons == row[1]
	}
}

test_containers_replace_settings_of_their_pod if {
	outer := {"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
	table := [
		[outer, {}, []],
		[object.union(outer, {"runAsUser": 0}), {"runAsUser": 1000}, []],
		[object.union(outer, {"runAsUser": 0}), {}, ["container app: runAsUser must not be 0"]],
		[object.union(outer, {"runAsGroup": 0}), {"runAsGroup": 1000}, []],
		[object.union(outer, {"runAsGroup": 0}), {}, ["container app: runAsGroup must not be 0"]],
		[outer, {"runAsUser": 0}, ["container app: runAsUser must not be 0"]],
		[outer, {"runAsNonRoot": false}, ["container app: runAsNonRoot must be true"]],
		[
			outer, {"seccompProfile": {"type": "Unconfined"}},
			["container app: seccompProfile must be RuntimeDefault or Localhost"],
		],
		[
			object.union(outer, {"windowsOptions": {"hostProcess": true}}), {"windowsOptions": {"gmsaCredentialSpec": "x"}},
			["pod: windowsOptions.hostProcess must not be set"],
		],
	]
	plain := json.remove(given.container, ["securityContext/runAsNonRoot", "securityContext/seccompProfile"])
	every row in table {
		[of_pod, own, reasons] := row
		inner := object.union(plain, {"securityContext": own})
		given.ask(given.pod({"securityContext": of_pod, "containers": [inner]})).reasons == reasons
	}
}

test_pods_without_privilege if {
	table := [
		[{"hostNetwork": true}, ["hostNetwork must not be used"]],
		[{"hostPID": true, "hostIPC": "yes"}, ["hostIPC must not be used", "hostPID must not be used"]],
		[{"hostNetwork": false, "hostPID": false, "hostIPC": false}, []],
		[{"shareProcessNamespace": true}, ["shareProcessNamespace must not be used"]],
		[{"shareProcessNamespace": false, "nodeName": ""}, []],
		[{"nodeName": "node-1"}, ["nodeName must not be set"]],
		[{"nodeName": 1}, ["nodeName must not be set"]],
		[{"securityContext": {"fsGroup": 0}}, ["fsGroup must not be 0"]],
		[{"securityContext": {"fsGroup": "x"}}, ["fsGroup must not be 0"]],
		[{"securityContext": {"fsGroup": 2000, "supplementalGroups": [3000]}}, []],
		[{"securityContext": {"supplementalGroups": [3000, 0]}}, ["supplementalGroups must not hold 0"]],
		[{"securityContext": {"supplementalGroups": [{}]}}, ["supplementalGroups must not hold 0"]],
		[{"securityContext": {"supplementalGroups": 0}}, ["supplementalGroups must not hold 0"]],
		[{"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, ["volume v: hostPath is not a permitted kind of volume"]],
		[{"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "secret": {}}]}, []],
		[{"volumes": [{"emptyDir": {}, "nfs": {}}]}, ["volume without a name: nfs is not a permitted kind of volume"]],
		[{"volumes": ["x"]}, ["volume without a name: nothing is not a permitted kind of volume"]],
		[{"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}, []],
		[{"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, ["sysctl kernel.msgmax is not permitted"]],
		[{"securityContext": {"sysctls": "kernel.msgmax"}}, ["sysctls is not a list"]],
		[
			{"securityContext": {"windowsOptions": {"hostProcess": true}}},
			["pod: windowsOptions.hostProcess must not be set"],
		],
	]
	every row in table {
		given.ask(given.whole(row[0])).reasons == row[1]
	}
}

# Updates

test_a_scheduled_pod_keeps_its_node if {
	given.ask(moved("UPDATE", "node-1")) == given.allowed
	given.ask(moved("UPDATE", "node-2")) == given.denied(["nodeName must not be set"])
	given.ask(moved("CREATE", "node-1")) == given.denied(["nodeName must not be set"])
}

moved(operation, node) := given.requested(
	given.pod(object.union(given.spec, {"nodeName": node, "ephemeralContainers": [given.container]})),
	{"operation": operation, "oldObject": {"spec": object.union(given.spec, {"nodeName": "node-1"})}},
)
