hold http://web.test/hang 12
eventually grep -q AH00161 /var/log/apache2/error.log
