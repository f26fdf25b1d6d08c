rm /run/app/app.sock
