touch /srv/mail-server-gone
failing() {
    sees http://blog.test/ 504 && sees http://blog.test/ 504 || { sleep 1; return 1; }
}
eventually failing
