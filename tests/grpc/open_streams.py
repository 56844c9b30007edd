#!/usr/bin/env python3
"""One side of many open gRPC streams, as a process of its own: Python's gRPC costs some 500 us of CPU a stream on
each side, and two sides in one process would wait for each other.

  open_streams.py server                          prints "port N", echoes chats until its input ends
  open_streams.py client TARGET CHANNELS EACH     opens the streams, each with an answer, prints "open N" (and what
                                                  went wrong, if something did); at a line of its input each has
                                                  another exchange; prints "ended N" and why
"""
import asyncio
import sys

import grpc

METHOD = "/t.T/Many"
PATIENCE = 300


async def line_of_input():
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def say(text):
    print(text, flush=True)


async def serve():
    async def echo(requests, _context):
        async for request in requests:
            yield request

    class Chats(grpc.GenericRpcHandler):
        def service(self, details):
            return grpc.stream_stream_rpc_method_handler(echo) if details.method == METHOD else None

    # From 1000 calls on that wait for it a server drops some at random.
    server = grpc.aio.server(options=[("grpc.server.max_pending_requests", 20000),
                                      ("grpc.server.max_pending_requests_hard_limit", 20000)])
    server.add_generic_rpc_handlers((Chats(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    say(f"port {port}")
    while await line_of_input():
        pass
    await server.stop(None)


async def chat(call, go, opened):
    try:
        return await talk(call, go, opened)
    except grpc.aio.AioRpcError:  # of one side of the call; the call itself knows why
        return f"{await call.code()}: {await call.details()}"


async def talk(call, go, opened):
    for message in (b"first", b"second"):
        await call.write(message)
        if await call.read() != message:
            return "another answer"
        if message == b"first":
            opened()
            await go.wait()
    await call.done_writing()
    if await call.read() is not grpc.aio.EOF:
        return "more answers than questions"
    code = await call.code()
    return "" if code == grpc.StatusCode.OK else str(code)


async def ask(target, channels, each):
    go, all_open, count = asyncio.Event(), asyncio.Event(), 0

    def opened():
        nonlocal count
        count += 1
        if count == channels * each:
            all_open.set()

    # A connection of its own for each channel, or they would share one.
    made = [grpc.aio.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(channels)]
    chats = [asyncio.create_task(chat(channel.stream_stream(METHOD)(timeout=2 * PATIENCE), go, opened))
             for channel in made for _ in range(each)]
    watch = asyncio.create_task(all_open.wait())
    # A chat that ends before its time is one that failed: no use in waiting for the others.
    await asyncio.wait([watch, *chats], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    failed = [repr(one.exception() or one.result()) for one in chats if one.done()]
    say(f"open {count} {' '.join(failed[0].split())[:300] if failed else ''}".strip())
    await line_of_input()
    go.set()
    results = await asyncio.wait_for(asyncio.gather(*chats, return_exceptions=True), PATIENCE)
    bad = [str(result) for result in results if result != ""]
    say(f"ended {len(results) - len(bad)} {bad[0][:200] if bad else ''}".strip())
    for channel in made:
        await channel.close()


if __name__ == "__main__":
    if sys.argv[1] == "server":
        asyncio.run(serve())
    else:
        asyncio.run(ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
