// Whose program is at the other end of a loopback connection, as Linux tells.
import fs from "node:fs";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];
/** 127.x.x.x, also as an IPv6 address, and ::1, as the tables write them. */
const LOOPBACK = /^(0{16}FFFF0000)?[0-9A-F]{6}7F:|^0{24}01000000:/;

function hex(port) {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The user's number; undefined if the connection is gone, or the kernel does not tell. */
function userOf({ remotePort, localPort }) {
  if (remotePort === undefined) return undefined;
  const rows = TABLES.filter((table) => fs.existsSync(table)).flatMap((table) =>
    fs.readFileSync(table, "utf8").split("\n"),
  );
  for (const row of rows) {
    const [, own, other, , , , , user] = row.trim().split(/\s+/);
    const isIt = own?.endsWith(hex(remotePort)) && other.endsWith(hex(localPort));
    if (isIt && LOOPBACK.test(own) && LOOPBACK.test(other)) return Number(user);
  }
  return undefined;
}

/** Whether a socket's other end is a program of this process's user, or of root. */
export function isOwn(socket) {
  return [0, process.getuid()].includes(userOf(socket));
}
