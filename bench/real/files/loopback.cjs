// Loaded before a Node server (node --require): whatever port it opens, it opens on 127.0.0.1 alone.
"use strict";
const { Server } = require("node:net");

const HOST = "127.0.0.1";
const open = Server.prototype.listen;
const isPort = (value) => typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));

Server.prototype.listen = function listen(first, ...rest) {
  if (first !== null && typeof first === "object" && first.port !== undefined) {
    return open.call(this, { ...first, host: HOST }, ...rest);
  }
  if (isPort(first)) {
    // listen(port, host?, backlog?, callback?)
    return open.call(this, { port: Number(first), host: HOST }, ...rest.filter((it) => typeof it === "function"));
  }
  return open.call(this, first, ...rest); // a pipe, or a handle
};
