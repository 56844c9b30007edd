"""As client.py, over HTTP/2: one stream on a connection of its own. What a server says of a stream or a connection in
place of an answer is the answer's status: "reset 1", "goaway 1"."""
import asyncio
import dataclasses

import client

h2 = None


def load():
    """False: the package is not there."""
    global h2
    try:
        import h2
        import h2.config
        import h2.connection
        import h2.events
        import h2.exceptions
    except ImportError:
        return False
    return True


@dataclasses.dataclass
class Request:
    head: list                # (name, value), pseudo fields first
    body: bytes = None        # None: the head ends the stream
    trailers: list = dataclasses.field(default_factory=list)
    open: bool = False        # the stream does not end behind the body

    def with_id(self, who):
        head = [(name, who + value if name == "x-id" else value) for name, value in self.head]
        return dataclasses.replace(self, head=head)


class Session:
    def __init__(self, reader, writer):
        self.reader, self.writer, self.events = reader, writer, []
        # A test says what it wants: nothing is corrected or refused on this side.
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            header_encoding="latin-1", validate_outbound_headers=False, normalize_outbound_headers=False,
            validate_inbound_headers=False, normalize_inbound_headers=False))
        self.h2.initiate_connection()

    def flush(self):
        self.writer.write(self.h2.data_to_send())

    def send(self, request):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, request.head, end_stream=request.body is None and not request.trailers)
        if request.body is not None:
            self.h2.send_data(stream, request.body, end_stream=not request.trailers and not request.open)
        if request.trailers:
            self.h2.send_headers(stream, request.trailers, end_stream=True)
        self.flush()
        return stream

    async def next(self):
        while not self.events:
            data = await self.reader.read(65536)
            if not data:
                return None
            self.events = self.h2.receive_data(data)
            self.flush()
        return self.events.pop(0)

    async def answer(self, stream):
        answer = client.Answer("nothing")
        while (event := await self.next()) is not None:
            if isinstance(event, h2.events.ConnectionTerminated) and event.error_code != 0:
                return client.Answer(f"goaway {int(event.error_code)}") if answer.status == "nothing" else cut(answer)
            if getattr(event, "stream_id", None) != stream:
                continue
            if isinstance(event, h2.events.ResponseReceived):
                fields = [(name, value) for name, value in event.headers if not name.startswith(":")]
                answer.status, answer.fields = int(dict(event.headers)[":status"]), fields
            elif isinstance(event, h2.events.DataReceived):
                answer.body += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
                self.flush()
            elif isinstance(event, h2.events.TrailersReceived):
                answer.trailers = [f"{name}: {value}" for name, value in event.headers]
            elif isinstance(event, h2.events.StreamReset):
                return client.Answer(f"reset {int(event.error_code)}") if answer.status == "nothing" else cut(answer)
            elif isinstance(event, h2.events.StreamEnded):
                return answer
        return answer if answer.status == "nothing" else cut(answer)


def cut(answer):
    answer.cut = True
    return answer


async def ask(port, request):
    try:
        return await asyncio.wait_for(_ask(port, request), client.LIMIT)
    except asyncio.TimeoutError:
        return client.Answer("silence")


async def _ask(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        session = Session(reader, writer)
        answer = client.Answer("nothing")
        try:
            answer = await session.answer(session.send(request))
            probe = Request([(":method", "GET"), (":scheme", "http"), (":authority", "probe.test"), (":path", "/probe")])
            after = await asyncio.wait_for(session.answer(session.send(probe)), 2.5)
            answer.serves_on = isinstance(after.status, int)
        except (h2.exceptions.ProtocolError, ConnectionError, asyncio.TimeoutError):
            pass  # it does not go on
        return answer
    finally:
        writer.close()
