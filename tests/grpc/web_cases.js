// What the official gRPC-Web client asks of Convoy, in Node and in a browser: runCases(grpcweb, base,
// hidden) resolves to [[name, "" or what went wrong]]. `hidden`: a browser, which shows no answer of
// a path that no CORS policy is for. Messages are octets as they are: no protobuf.
function runCases(grpcweb, base, hidden) {
  const octets = {
    encode: (text) => Uint8Array.from(text, (c) => c.charCodeAt(0)),
    decode: (bytes) => Array.from(bytes, (b) => String.fromCharCode(b)).join(""),
  };

  function descriptor(path, kind) {
    return new grpcweb.MethodDescriptor(path, kind, Object, Object, octets.encode, octets.decode);
  }

  function unary(format, path, message, metadata) {
    const client = new grpcweb.GrpcWebClientBase({format});
    const seen = {headers: {}, trailers: {}};
    return new Promise((resolve, reject) => {
      const call = client.rpcCall(base + path, message, metadata || {},
        descriptor(path, grpcweb.MethodType.UNARY),
        (error, answer) => error ? reject(error) : resolve({answer, seen}));
      call.on("metadata", (m) => Object.assign(seen.headers, m));
      call.on("status", (s) => Object.assign(seen.trailers, s.metadata || {}));
    });
  }

  function stream(format, path, message) {
    const client = new grpcweb.GrpcWebClientBase({format});
    return new Promise((resolve, reject) => {
      const got = [];
      const call = client.serverStreaming(base + path, message, {},
        descriptor(path, grpcweb.MethodType.SERVER_STREAMING));
      call.on("data", (answer) => got.push(answer));
      call.on("error", reject);
      call.on("end", () => resolve(got));
    });
  }

  function equal(got, wanted) {
    if (got !== wanted) throw new Error("got " + String(got).slice(0, 200) + ", not " + wanted);
  }

  async function failure(promise) {
    try {
      await promise;
    } catch (error) {
      return error;
    }
    throw new Error("no error");
  }

  const cases = {};
  for (const format of ["text", "binary"]) {
    cases["unary, " + format] = async () => {
      const {answer} = await unary(format, "/t.T/Unary", "hello");
      equal(answer, "hello");
    };
    cases["an empty message, " + format] = async () => {
      const {answer} = await unary(format, "/t.T/Unary", "");
      equal(answer, "");
    };
    cases["300,000 octets of every kind, " + format] = async () => {
      const message = Array.from({length: 300000}, (_, i) => String.fromCharCode(i % 256)).join("");
      const {answer} = await unary(format, "/t.T/Unary", message);
      equal(answer === message, true);
    };
    cases["a status and its message, " + format] = async () => {
      const error = await failure(unary(format, "/t.T/Fail", ""));
      equal(error.code, 5);
      equal(error.message, "no such thing");
    };
    cases["no server behind the proxy, " + format] = async () => {
      equal((await failure(unary(format, "/gone.G/X", ""))).code, 14);
    };
    cases["no route, " + format] = async () => {
      // As Envoy's: HTTP 404 without grpc-status, which the client takes for NOT_FOUND.
      equal((await failure(unary(format, "/other.O/X", ""))).code, hidden ? 2 : 5);
    };
    cases["initial metadata, " + format] = async () => {
      const {seen} = await unary(format, "/t.T/Unary", "x", {"x-asked": "yes"});
      equal(seen.headers["x-initial"], "i");
    };
    cases["trailing metadata, " + format] = async () => {
      const {seen} = await unary(format, "/t.T/Unary", "x");
      equal(seen.trailers["x-trailer"], "t");
    };
  }
  cases["a stream of 300 messages"] = async () => {
    const got = await stream("text", "/t.T/Down", "300");
    equal(got.length, 300);
    got.forEach((answer, i) => equal(answer, String(i)));
  };
  cases["a stream of nothing"] = async () => {
    equal((await stream("text", "/t.T/Down", "0")).length, 0);
  };
  cases["a deadline"] = async () => {
    const error = await failure(
      unary("text", "/t.T/Slow", "", {deadline: String(Date.now() + 300)}));
    equal(error.code, 4);
  };
  cases["20 calls at once"] = async () => {
    const all = await Promise.all(
      Array.from({length: 20}, (_, i) => unary("binary", "/t.T/Unary", "m" + i)));
    all.forEach(({answer}, i) => equal(answer, "m" + i));
  };

  return (async () => {
    const results = [];
    for (const name of Object.keys(cases)) {
      try {
        await Promise.race([cases[name](), new Promise((_, reject) =>
          setTimeout(() => reject(new Error("no end within 10 s")), 10000))]);
        results.push([name, ""]);
      } catch (error) {
        results.push([name, String(error.message || error) + " (code " + error.code + ")"]);
      }
    }
    return results;
  })();
}

if (typeof module !== "undefined" && module.exports) module.exports = {runCases};
