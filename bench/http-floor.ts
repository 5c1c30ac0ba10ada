import { createServer } from "node:http";

/*
 * A web server that reads what it is sent and answers 204; at /never it does not answer.
 *   node dist/bench/http-floor.js PORT
 */
createServer((request, response) => {
  request.resume();
  if (request.url !== "/never") request.on("end", () => response.writeHead(204).end());
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
