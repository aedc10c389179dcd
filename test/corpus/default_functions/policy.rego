# Prices: functions with a default for what nobody thought of.
package corpus.default_functions

default rate(_, _) := 1

rate("gold", _) := 0.8

rate("silver", country) := 0.9 if country in data.default_functions.near

default shipping(_) := 20

shipping(country) := 0 if country in data.default_functions.near

# METADATA
# entrypoint: true
price := round(((input.cart.total * rate(input.customer.tier, input.customer.country)) + shipping(input.customer.country)) * 100) / 100

# METADATA
# entrypoint: true
default manual_check := true

manual_check := false if price < data.default_functions.check_above
