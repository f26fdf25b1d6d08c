mysql -e 'SET GLOBAL read_only = 1'
