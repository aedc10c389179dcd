# METADATA
# title: Roles
# description: >-
#   Roles inherit from others and grant permissions. The model is data: {"inherits": {"manager": ["support"], "support":
#   []}, "grants": {"support": {"order.read": {…}}}}. What a grant holds are its conditions, for other libraries.
package lib.rbac

# METADATA
# title: The roles of a caller with all that they inherit
# description: A role without an entry in `inherits` does not exist.
effective(roles, model) := graph.reachable(model.inherits, roles)

# METADATA
# title: The grants of a permission, by role
grants(roles, permission, model) := {role: grant |
	some role in effective(roles, model)
	grant := model.grants[role][permission]
}
