mysql shop -e 'UPDATE settings SET seconds = 4'
