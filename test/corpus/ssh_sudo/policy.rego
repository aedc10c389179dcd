# Who may log in where, and who may become root there: by PAM's display of the host's own files.
package corpus.ssh_sudo

# METADATA
# entrypoint: true
default login := false

login if input.sysinfo.pam_username in data.ssh_sudo.contributors[input.pull_responses.files["/etc/host_identity.json"].host_id]

login if admin

# METADATA
# entrypoint: true
sudo := {"allow": true} if {
	admin
} else := {"allow": false, "errors": errors}

admin if {
	input.sysinfo.pam_username in data.ssh_sudo.admins
	count(input.display_responses.last_name) > 0
}

errors contains "sudo is for admins" if not input.sysinfo.pam_username in data.ssh_sudo.admins

errors contains "who are you?" if not input.display_responses.last_name
