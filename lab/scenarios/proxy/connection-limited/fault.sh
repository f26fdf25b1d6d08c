hold http://api.test/events 4
limited() { [ "$(status http://api.test/)" = 503 ]; }
eventually limited
