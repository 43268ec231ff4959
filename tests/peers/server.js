// A CouchDB-shaped server of somebody else's making: express-pouchdb, in memory or on LevelDB.
//
//   node server.js [port] [folder]
//
// Prints {"port": N} once it answers; port 0 or none means any free one. Without a folder, which
// must be there, the databases live in the memory of this process.
//
// It ends when its standard input is closed, so that it cannot outlive the test that started it.

"use strict";

const folder = process.argv[3];

function inMemory() {
  const PouchDB = require("pouchdb-core")
    .plugin(require("pouchdb-adapter-memory"))
    .plugin(require("pouchdb-adapter-http"))
    .plugin(require("pouchdb-mapreduce"))
    .plugin(require("pouchdb-replication"))
    .plugin(require("pouchdb-find"));
  return PouchDB.defaults({ adapter: "memory" });
}

function onDisk() {
  const PouchDB = require("pouchdb").plugin(require("pouchdb-find"));
  return PouchDB.defaults({ adapter: "leveldb", prefix: folder + "/" });
}

const databases = folder ? onDisk() : inMemory();
const application = require("express")();
application.use(
  require("express-pouchdb")(databases, { mode: "minimumForPouchDB", inMemoryConfig: true }),
);

const server = application.listen(Number(process.argv[2] || 0), "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ port: server.address().port }) + "\n");
});

process.stdin.on("end", () => process.exit(0)).resume();
