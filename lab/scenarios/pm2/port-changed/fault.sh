PORT=3001 as_pm2 shop restart shop --update-env
wait_port 3001
as_pm2 shop save
