apache_pass_php shop timeout=30
