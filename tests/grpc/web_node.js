// web_node.js MODULES BASE: web_cases in Node, with xhr2 in place of the browser's XMLHttpRequest.
// Prints the results as JSON.
const path = require("path");
const modules = path.resolve(process.argv[2]);
global.XMLHttpRequest = require(path.join(modules, "xhr2"));
const grpcweb = require(path.join(modules, "grpc-web"));
const {runCases} = require("./web_cases.js");
runCases(grpcweb, process.argv[3]).then((results) => {
  console.log(JSON.stringify(results));
  process.exit(0);
});
