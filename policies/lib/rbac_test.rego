package lib.rbac_test

import data.lib.rbac

model := {
	"inherits": {"owner": ["manager"], "manager": ["support"], "support": [], "auditor": []},
	"grants": {
		"support": {"order.read": {"hours": ["claims", "region"]}},
		"manager": {"order.refund": {}, "order.read": {}},
		"ghost": {"order.refund": {}},
	},
}

test_roles_inherit_through_all_levels if {
	rbac.effective({"owner"}, model) == {"owner", "manager", "support"}
	rbac.effective({"support", "auditor"}, model) == {"support", "auditor"}
}

test_unknown_roles_do_not_exist if {
	rbac.effective({"ghost"}, model) == set()
	rbac.effective(set(), model) == set()
	rbac.grants({"ghost"}, "order.refund", model) == {}
}

test_circles_end if {
	rbac.effective({"a"}, {"inherits": {"a": ["b"], "b": ["a"]}}) == {"a", "b"}
}

test_grants_are_given_by_role if {
	rbac.grants({"owner"}, "order.read", model) == {"manager": {}, "support": {"hours": ["claims", "region"]}}
	rbac.grants({"support"}, "order.refund", model) == {}
	rbac.grants({"auditor"}, "order.read", model) == {}
	rbac.grants({"owner"}, "order.delete", model) == {}
}
