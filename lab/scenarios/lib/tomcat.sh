# shellcheck shell=bash
# Tomcat.

# tomcat_page FILE: a page (JSP) of Tomcat's own first application, from standard input.
tomcat_page() { cat >"/var/lib/tomcat10/webapps/ROOT/$1"; }

# tomcat_up: starts Tomcat and leaves it enabled; returns when it listens on 8080.
tomcat_up() {
    systemctl enable -q tomcat10
    systemctl restart tomcat10
    wait_port "${1:-8080}"
}
