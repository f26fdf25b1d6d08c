tomcat_page index.jsp <<<'ok'
tomcat_up
proxy_site shop http://127.0.0.1:8080
nginx_up
eventually sees http://shop.test/ 200
