// A CouchDB-shaped server of somebody else's making: express-pouchdb, all in memory.
//
//   node server.js [port]      prints {"port": N} once it answers; port 0 or none means any free one
//
// It ends when its standard input is closed, so that it cannot outlive the test that started it.

"use strict";

const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-adapter-http"))
  .plugin(require("pouchdb-mapreduce"))
  .plugin(require("pouchdb-replication"))
  .plugin(require("pouchdb-find"));

const databases = PouchDB.defaults({ adapter: "memory" });
const application = require("express")();
application.use(
  require("express-pouchdb")(databases, { mode: "minimumForPouchDB", inMemoryConfig: true }),
);

const server = application.listen(Number(process.argv[2] || 0), "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ port: server.address().port }) + "\n");
});

process.stdin.on("end", () => process.exit(0)).resume();
