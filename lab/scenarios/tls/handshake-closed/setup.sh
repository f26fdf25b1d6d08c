authority company
certificate api company api.internal
tls_app api 9443
cat >/srv/tunnel.py <<'PY'
# Passes each connection on to port 9443; hangs up when nobody is there.
import asyncio


async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def serve(reader, writer):
    try:
        greeting = await reader.read(65536)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", 9443)
    except OSError:
        writer.close()
        return
    far_writer.write(greeting)
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 8443)
    await server.serve_forever()


asyncio.run(main())
PY
user tunnel
mkdir -p /srv/tunnel
app_unit tunnel '/usr/bin/python3 /srv/tunnel.py'
start tunnel 127.0.0.1:8443
proxy_site api https://127.0.0.1:8443
nginx_up
