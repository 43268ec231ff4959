// A stock PouchDB that keeps itself equal with a remote database, live, until its input ends.
//
//   node live.mjs http://host:port/db
//     one JSON document a line in: it is put into the local database
//     one JSON line out for each change that came from the other side: {"id", "rev", "deleted"}
//     first {"ready": true}; {"paused": true} whenever the pull has caught up and waits

import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const PouchDB = require("pouchdb").plugin(require("pouchdb-adapter-memory"));

const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const local = new PouchDB("local", { adapter: "memory" });
const running = local.sync(process.argv[2], { live: true, retry: true });

running.on("change", ({ direction, change }) => {
  if (direction !== "pull") return;
  for (const { _id, _rev, _deleted } of change.docs) {
    say({ id: _id, rev: _rev, deleted: Boolean(_deleted) });
  }
});
running.pull.on("paused", () => say({ paused: true }));
say({ ready: true });

for await (const line of createInterface({ input: process.stdin })) {
  await local.put(JSON.parse(line));
}
running.cancel();
process.exit(0);
