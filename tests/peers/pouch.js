// A stock PouchDB at the end of a pipe: one JSON command a line in, one JSON answer a line out.
//
//   node pouch.js [folder]
//
//   {"database": "kept here or http://…", "call": "bulkDocs", "arguments": [...]}
//     -> {"result": ...}  or  {"error": {"name": ..., "status": ..., "message": ...}}
//
// `call` is any method of a PouchDB database that answers with a promise. Two methods belong to
// PouchDB itself: {"call": "replicate", "arguments": [source, target, options]} and "sync".
// A database whose name is no address lives in the memory of this process or, with a folder, which
// must be there, on LevelDB in it.

"use strict";

const readline = require("node:readline");
const PouchDB = require("pouchdb").plugin(require("pouchdb-adapter-memory"));

const folder = process.argv[2];
const here = folder ? { adapter: "leveldb", prefix: folder + "/" } : { adapter: "memory" };
const open = new Map();

function database(name) {
  if (!open.has(name)) {
    const options = /^https?:/.test(name) ? {} : here;
    open.set(name, new PouchDB(name, options));
  }
  return open.get(name);
}

// The events of a replication are counted, because its result alone hides what was refused.
function transfer(call, [source, target, options]) {
  return new Promise((resolve, reject) => {
    const denied = [];
    PouchDB[call](database(source), database(target), options || {})
      .on("denied", (event) => denied.push(plain(event.doc || event)))
      .on("error", reject)
      .on("complete", (result) => resolve({ ...result, denied }));
  });
}

function run(command) {
  const given = command.arguments || [];
  if (command.call === "replicate" || command.call === "sync") return transfer(command.call, given);
  return database(command.database)[command.call](...given);
}

function plain(error) {
  const { name, status, message, reason, docId, id } = error;
  return { name, status, message, reason, id: docId || id };
}

async function answer(line) {
  try {
    return { result: await run(JSON.parse(line)) };
  } catch (error) {
    return { error: plain(error) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
  process.exit(0);
})();
