"""client.py PORT FILE: four clients that keep their connection, until standard input ends; their counts as JSON in FILE.
A connection is opened anew only after an answer that said so; every other end, and every status but 200, is a failure."""
import http.client
import json
import os
import sys
import threading
import time

port, path = int(sys.argv[1]), sys.argv[2]
lock, counts, stopping = threading.Lock(), {"good": 0, "bad": 0, "why": ""}, threading.Event()


def note(good, why=""):
    with lock:
        counts["good" if good else "bad"] += 1
        if why and len(counts["why"]) < 1000:
            counts["why"] += why + "; "


def client():
    connection = None
    while not stopping.is_set():
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            note(answer.status == 200, "" if answer.status == 200 else f"status {answer.status}")
            if answer.will_close:
                connection.close()
                connection = None
        except (OSError, http.client.HTTPException) as error:
            note(False, repr(error))
            connection = None
        time.sleep(0.005)


def write():
    with lock:
        text = json.dumps(counts)
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


threads = [threading.Thread(target=client) for _ in range(4)]
for thread in threads:
    thread.start()


def report():
    while not stopping.wait(0.1):
        write()


reporter = threading.Thread(target=report)
reporter.start()
sys.stdin.read()
stopping.set()
for thread in [*threads, reporter]:
    thread.join()
write()
