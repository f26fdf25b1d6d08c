sed -i s/HOST=.*/HOST=::1/ /etc/default/api
start api '[::1]:3000'
