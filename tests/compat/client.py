"""Sends bytes to a proxy and tells what came back: an Answer."""
import asyncio
import dataclasses
import ssl

import certificates

LIMIT = 8.0  # seconds for an answer
PROBE = b"GET /probe HTTP/1.1\r\nhost: probe.test\r\n\r\n"


@dataclasses.dataclass
class Answer:
    # A number; "nothing": the end came first; "silence"; what TLS said instead.
    status: object
    fields: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    cut: bool = False         # the body is not whole
    serves_on: bool = False   # another request on the connection is answered
    tls: dict = dataclasses.field(default_factory=dict)  # what was agreed on


async def read_head(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head[:-4].split("\r\n")
    fields = [tuple(part.strip() for part in text.split(":", 1)) for text in lines]
    return line, fields


async def read_answer(reader, to_head, tunnel=None):
    """`tunnel`: writes to the other end of one: it gets a word, and what comes until the end is the body."""
    while True:
        line, fields = await read_head(reader)
        answer = Answer(int(line.split(" ")[1]), fields)
        if answer.status >= 200 or answer.status == 101:
            break
    of = {name.lower(): value for name, value in fields}
    try:
        if tunnel is not None and answer.status == 101:
            tunnel(b"ping")
            answer.body = await reader.read(-1)
        elif to_head or answer.status in (101, 204, 304):
            pass
        elif of.get("transfer-encoding", "").lower() == "chunked":
            while (size := int(await reader.readuntil(b"\r\n"), 16)) != 0:
                answer.body += (await reader.readexactly(size + 2))[:-2]
            while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
                answer.trailers.append(line.decode("latin-1").strip())
        elif "content-length" in of:
            size = int(of["content-length"])
            while len(answer.body) < size:
                piece = await reader.read(size - len(answer.body))
                if not piece:
                    answer.cut = True
                    break
                answer.body += piece
        else:
            answer.body = await reader.read(-1)
    except (asyncio.IncompleteReadError, ConnectionError):
        answer.cut = True
    return answer


VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def context(cert=None, versions=None, ciphers=None, alpn=None, sni=None):
    """A client's: which certificate it has, and what it offers. It trusts everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    # Level 0: or the client itself would not offer what is to be refused.
    made.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
    if versions:
        made.minimum_version, made.maximum_version = (VERSIONS[one] for one in versions)
    if alpn:
        made.set_alpn_protocols(alpn)
    if cert:
        made.load_cert_chain(certificates.of(cert), certificates.key(cert))
    return made


def agreed(writer):
    of = writer.get_extra_info("ssl_object")
    return {"version": of.version(), "cipher": of.cipher()[0], "alpn": of.selected_alpn_protocol(),
            "certificate": hash(of.getpeercert(binary_form=True))}


async def ask(port, request, to_head=False, probe=True, tls=None):
    """`request`: the bytes."""
    try:
        return await asyncio.wait_for(_ask(port, request, to_head, probe, tls), LIMIT)
    except asyncio.TimeoutError:
        return Answer("silence")
    except ssl.SSLError as error:
        return Answer("TLS: " + (error.reason or str(error)))
    except ConnectionError:
        return Answer("nothing")


async def _ask(port, request, to_head, probe, tls):
    over = {} if tls is None else {"ssl": context(**tls), "server_hostname": tls.get("sni", "")}
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20, **over)
    try:
        writer.write(request)
        try:
            answer = await read_answer(reader, to_head, writer.write)
            answer.tls = agreed(writer) if over else {}
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer("nothing")
        if probe and not answer.cut and answer.status != 101:
            try:
                writer.write(PROBE)
                await asyncio.wait_for(read_head(reader), 2.5)
                answer.serves_on = True
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.TimeoutError,
                    asyncio.LimitOverrunError):
                pass
        return answer
    finally:
        writer.close()
