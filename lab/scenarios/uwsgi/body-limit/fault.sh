for n in 1 2 3; do
    curl -s -o /dev/null -w '%{http_code}\n' --data-binary @/srv/photos/icon http://photos.test/upload
    curl -s -o /dev/null -w '%{http_code}\n' --data-binary @/srv/photos/photo http://photos.test/upload
done
