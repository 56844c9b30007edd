"""The upstream of both proxies: answers with the request that it saw, as JSON, and misbehaves where
the field `x-do` says so (words separated by spaces):

  status=503        this status            header=a:b   this field too (may come often)
  body=text         this body              chunked      in chunks, with the trailer x-trailer: t,
                                           or with those of trailer=a:b
  delay=0.2         seconds before it      close        connection: close
  reset             ends the connection without an answer
  partial           half an answer, then the end
  names             tells the names of the fields as they are spelled
  told              tells the body in the field x-body, in hexadecimal
  once=status=503   do this for the first request with this x-id only
"""
import asyncio
import json
import ssl

import certificates


class Upstream:
    def __init__(self, name):
        self.name, self.seen = name, {}

    async def start(self, tls=None):
        """`tls`: a certificate and the highest version."""
        context = None
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.of(tls[0]), certificates.key(tls[0]))
            context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls[1]]
            context.sni_callback = lambda of, name, _: setattr(of, "asked_for", name)
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20, ssl=context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        try:
            while await self.serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError,
                ValueError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def serve_one(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head[:-4].split("\r\n")
        method, target, version = line.split(" ")
        fields = [tuple(part.strip() for part in text.split(":", 1)) for text in lines]
        of = {name.lower(): value for name, value in fields}
        if of.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body, trailers = await self.body(reader, of)
        words = of.get("x-do", "").split()
        if of.get("upgrade", "").lower() in ("websocket", "custom"):
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n"
                         b"upgrade: " + of["upgrade"].encode() + b"\r\n\r\n")
            writer.write(await reader.read(100))
            return False
        return await self.answer(writer, method, words, of, {
            **({"names": sorted(name for name, _ in fields)} if "names" in words else {}),
            "upstream": self.name, "method": method, "target": target, "version": version,
            "fields": [[name.lower(), value] for name, value in fields],
            "body": body.decode("latin-1"), "trailers": trailers,
            "tls_version": getattr(writer.get_extra_info("ssl_object"), "version", str)(),
            "sni": getattr(writer.get_extra_info("ssl_object"), "asked_for", "")})

    @staticmethod
    async def body(reader, of):
        if "chunked" not in of.get("transfer-encoding", "").lower():
            return await reader.readexactly(int(of.get("content-length", "0"))), []
        body, trailers = b"", []
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                break
            body += (await reader.readexactly(size + 2))[:-2]
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            trailers.append(line[:-2].decode("latin-1"))
        return body, trailers

    async def answer(self, writer, method, words, of, saw):
        count = self.seen[of.get("x-id")] = self.seen.get(of.get("x-id"), 0) + 1
        words = [word[5:] if word.startswith("once=") else word for word in words
                 if not word.startswith("once=") or count == 1]
        say = dict(word.split("=", 1) for word in words if "=" in word)
        more = [word[7:].split(":", 1) for word in words if word.startswith("header=")]
        if "delay" in say:
            await asyncio.sleep(float(say["delay"]))
        if "reset" in words:
            return False
        status = int(say.get("status", "200"))
        saw["count"] = count if "x-id" in of else 1
        text = (say["body"] if "body" in say else json.dumps(saw)).encode("latin-1")
        bodyless = method == "HEAD" or status in (204, 304) or status < 200
        head = f"HTTP/1.1 {status} Because\r\nx-upstream: {self.name}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in more)
        head += "connection: close\r\n" if "close" in words else ""
        head += f"x-body: ={saw['body'].encode('latin-1').hex()}\r\n" if "told" in words else ""
        if "chunked" in words and not bodyless:
            head += "transfer-encoding: chunked\r\ntrailer: x-trailer\r\n\r\n"
            half = len(text) // 2
            pieces = [piece for piece in (text[:half], text[half:]) if piece]
            data = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            own = [word[8:].replace(":", ": ", 1) for word in words if word.startswith("trailer=")] or ["x-trailer: t"]
            data += b"0\r\n" + "".join(line + "\r\n" for line in own).encode("latin-1") + b"\r\n"
        else:
            head += "" if status in (204, 304) else f"content-length: {len(text)}\r\n"
            head, data = head + "\r\n", b"" if bodyless else text
        data = head.encode("latin-1") + data
        writer.write(data[:len(data) // 2 + 40] if "partial" in words else data)
        await writer.drain()
        return "close" not in words and "partial" not in words
