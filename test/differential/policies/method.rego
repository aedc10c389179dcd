# Reads the method only: what is wrong with anything else is not its matter.
package differential.method

default allow := false

allow if input.attributes.request.http.method in {"GET", "HEAD", "OPTIONS"}
