php_page shop pay.php <<'PHP'
<?php
http_response_code(502);
echo "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>";
PHP
