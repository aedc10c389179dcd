# METADATA
# title: Attributes
# description: >-
#   Conditions on what is known of a request, as data. `facts` is an object such as {"claims": …, "path": …, "body": …}, and
#   `attribute` is a path into it. A condition without an operator, with an unknown one, or about something that is not
#   there does not hold.
package lib.abac

# METADATA
# title: Whether a condition holds
# description: >-
#   Operators: `equals` and `among` name another attribute (a value, a list), `is` and `one_of` give the value itself, and
#   `above`, `at_least` and `at_most` compare numbers. All that a condition names must hold.
holds(condition, facts) if {
	operators := object.remove(condition, ["attribute", "reason"])
	count(operators) > 0
	value := at(facts, condition.attribute)
	every operator, operand in operators {
		satisfied(operator, value, operand, facts)
	}
}

# METADATA
# title: The reasons of the conditions that do not hold
failures(conditions, facts) := {reason |
	some condition in conditions
	not holds(condition, facts)
	reason := object.get(condition, "reason", "a condition does not hold")
}

at(facts, path) := value if {
	is_array(path)
	count(path) > 0
	value := object.get(facts, path, null)
	value != null
}

satisfied("equals", value, path, facts) if value == at(facts, path)

satisfied("among", value, path, facts) if {
	list := at(facts, path)
	is_array(list)
	value in list
}

satisfied("is", value, other, _) if value == other

satisfied("one_of", value, list, _) if value in list

satisfied("above", value, bound, _) if {
	is_number(value)
	is_number(bound)
	value > bound
}

satisfied("at_least", value, bound, _) if {
	is_number(value)
	is_number(bound)
	value >= bound
}

satisfied("at_most", value, bound, _) if {
	is_number(value)
	is_number(bound)
	value <= bound
}
