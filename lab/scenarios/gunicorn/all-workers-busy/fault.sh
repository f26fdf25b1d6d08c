hold http://app.test/invoice 4
queued() { [ "$(ss -Hltn 'sport = :8000' | awk '{ print $2 }')" -ge 2 ]; }
eventually queued
