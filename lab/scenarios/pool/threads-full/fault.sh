touch /srv/app/report-runs
hold http://app.test/ 7
all_hold() { [ "$(ss -Htn state established sport = :8000 | wc -l)" -ge 4 ]; }
eventually all_hold
