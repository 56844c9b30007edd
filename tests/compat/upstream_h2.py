"""An upstream that speaks HTTP/2 in clear: answers as upstream.py does, with the request that it saw. `x-do` knows here:

  status=404   this status         header=a:b   this field too       reset   RST_STREAM in place of an answer

A CONNECT with a status of 2xx is a tunnel: what it saw, with the first octets that came through it, is what it sends
back, and then it ends its side. `extended`: whether it says that it knows RFC 8441.
"""
import asyncio
import json

import client_h2


class Upstream:
    def __init__(self, name, extended=True):
        self.name, self.extended = name, extended

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def serve(self, reader, writer):
        h2 = client_h2.h2
        connection = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="latin-1", validate_inbound_headers=False, normalize_inbound_headers=False,
            validate_outbound_headers=False, normalize_outbound_headers=False))
        if self.extended:
            connection.local_settings.update({h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1})
            connection.local_settings.acknowledge()
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        streams = {}
        try:
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    self.take(connection, streams, event)
                writer.write(connection.data_to_send())
        except (h2.exceptions.ProtocolError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def take(self, connection, streams, event):
        events = client_h2.h2.events
        stream = getattr(event, "stream_id", None)
        if isinstance(event, events.RequestReceived):
            streams[stream] = one = Stream(event.headers)
            if one.tunnel:
                one.begin(connection, stream)
            elif one.connect:
                self.end(connection, streams, stream)
        elif isinstance(event, events.DataReceived):
            connection.acknowledge_received_data(event.flow_controlled_length, stream)
            if stream in streams:
                streams[stream].body += event.data
                if streams[stream].tunnel:
                    self.end(connection, streams, stream)
        elif isinstance(event, events.TrailersReceived) and stream in streams:
            streams[stream].trailers = [f"{name}: {value}" for name, value in event.headers]
        elif isinstance(event, events.StreamEnded):
            self.end(connection, streams, stream)
        elif isinstance(event, events.StreamReset):
            streams.pop(stream, None)

    def end(self, connection, streams, stream):
        if (one := streams.pop(stream, None)) is None:
            return
        if not one.tunnel and not one.begin(connection, stream):
            return
        pseudo = {name: value for name, value in one.head if name.startswith(":")}
        saw = {"upstream": self.name, "method": pseudo.pop(":method", ""), "target": pseudo.pop(":path", ""), "version": "h2",
               "fields": [[name, value] for name, value in one.head if not name.startswith(":")], "pseudo": pseudo,
               "body": one.body.decode("latin-1"), "trailers": one.trailers}
        connection.send_data(stream, json.dumps(saw).encode("latin-1"), end_stream=True)


class Stream:
    def __init__(self, head):
        self.head, self.body, self.trailers = head, b"", []
        of = dict(head)
        self.words = of.get("x-do", "").split()
        self.say = dict(word.split("=", 1) for word in self.words if "=" in word)
        self.status = self.say.get("status", "200")
        self.connect = of.get(":method") == "CONNECT"
        self.tunnel = self.connect and self.status.startswith("2") and "reset" not in self.words

    def begin(self, connection, stream):
        """The head of the answer. False: there is none."""
        if "reset" in self.words:
            connection.reset_stream(stream, 2)
            return False
        more = [tuple(word[7:].split(":", 1)) for word in self.words if word.startswith("header=")]
        connection.send_headers(stream, [(":status", self.status), *more])
        return True
