touch /srv/photos/new-library
for n in 1 2; do
    curl -s -o /dev/null --data-binary @/srv/photos/photo http://photos.test/thumbnail
done
