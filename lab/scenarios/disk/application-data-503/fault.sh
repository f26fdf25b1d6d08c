dd if=/dev/zero of=/data/notes/export.csv bs=4k 2>/dev/null || :
hit http://notes.test/ 3
