package lib.abac_test

import data.lib.abac

facts := {
	"claims": {"sub": "alice", "region": "eu", "regions": ["eu", "us"], "clearance": 3, "admin": false, "teams": {"us": "us"}},
	"path": {"customer": "alice", "region": "us"},
	"body": {"amount": 80, "currency": "EUR", "text": "80"},
}

test_conditions_that_hold if {
	every condition in [
		{"attribute": ["path", "customer"], "equals": ["claims", "sub"]},
		{"attribute": ["path", "region"], "among": ["claims", "regions"]},
		{"attribute": ["claims", "region"], "is": "eu"},
		{"attribute": ["claims", "admin"], "is": false},
		{"attribute": ["body", "currency"], "one_of": ["EUR", "USD"]},
		{"attribute": ["claims", "clearance"], "at_least": 3},
		{"attribute": ["body", "amount"], "above": 0, "at_most": 80, "reason": "too much"},
	] {
		abac.holds(condition, facts)
	}
}

test_conditions_that_do_not_hold if {
	every condition in [
		{"attribute": ["path", "region"], "equals": ["claims", "region"]},
		{"attribute": ["path", "customer"], "among": ["claims", "sub"]},
		{"attribute": ["claims", "sub"], "among": ["claims", "regions"]},
		{"attribute": ["claims", "region"], "is": "us"},
		{"attribute": ["body", "currency"], "one_of": []},
		{"attribute": ["claims", "clearance"], "at_least": 4},
		{"attribute": ["body", "amount"], "above": 80},
		{"attribute": ["body", "amount"], "above": 0, "at_most": 79.99},
		{"attribute": ["body", "text"], "above": 0},
		{"attribute": ["body", "text"], "at_least": 0},
		{"attribute": ["body", "text"], "at_most": 100},
		{"attribute": ["claims", "admin"], "at_most": 100},
		{"attribute": ["body", "amount"], "at_most": "500"},
		{"attribute": ["body", "amount"], "above": null},
		{"attribute": ["body", "amount"], "at_least": false},
		{"attribute": ["path", "region"], "among": ["claims", "teams"]},
	] {
		not abac.holds(condition, facts)
	}
}

test_what_is_not_there_does_not_hold if {
	every condition in [
		{"attribute": ["claims", "team"], "is": "x"},
		{"attribute": ["claims", "team"], "at_most": 1},
		{"attribute": ["claims", "team"], "equals": ["claims", "squad"]},
		{"attribute": ["path", "customer"], "equals": ["claims", "team"]},
		{"attribute": ["claims", "sub", "deeper"], "is": "x"},
		{"attribute": [], "is": "x"},
		{"attribute": [], "equals": []},
		{"attribute": null, "equals": null},
		{"attribute": "path", "equals": "path"},
		{"is": "x"},
	] {
		not abac.holds(condition, facts)
	}
	not abac.holds({"attribute": ["a"], "equals": ["b"]}, {"a": null, "b": null})
}

test_a_condition_needs_operators_that_are_known if {
	not abac.holds({"attribute": ["claims", "sub"]}, facts)
	not abac.holds({"attribute": ["claims", "sub"], "reason": "x"}, facts)
	not abac.holds({"attribute": ["claims", "sub"], "like": "a*"}, facts)
	not abac.holds({"attribute": ["claims", "sub"], "is": "alice", "like": "a*"}, facts)
	not abac.holds({}, facts)
}

test_failures_are_named if {
	conditions := [
		{"attribute": ["claims", "sub"], "is": "alice", "reason": "not alice"},
		{"attribute": ["claims", "region"], "is": "us", "reason": "not of the us"},
		{"attribute": ["claims", "clearance"], "at_least": 9},
	]
	abac.failures(conditions, facts) == {"not of the us", "a condition does not hold"}
	abac.failures([], facts) == set()
}
