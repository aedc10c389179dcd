# Gives back the whole input, to the last digit.
package differential.echo

decision := {"allowed": true, "dynamic_metadata": {"input": json.marshal(input)}}
