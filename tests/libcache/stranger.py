"""A reader of tickcache's segment in plain Python, written from docs/shm-layout.md alone.

    stranger.py dump SEGMENT [KEY]            everything, one fact a line
    stranger.py watch SEGMENT SYMBOL COUNT    reads a symbol that is being written, checks each copy
"""
import mmap
import os
import pwd
import stat
import struct
import sys
import time

MASK = (1 << 64) - 1
RUN_STATES = {1: "running", 2: "stopped", 3: "auth_failed", 4: "superseded"}
UP = 2
SECOND = 1_000_000_000


class Refused(Exception):
    pass


class Busy(Exception):
    pass


def text(data):
    return data.split(b"\0", 1)[0].decode()


def decimal(mantissa, scale):
    digits = str(abs(mantissa)).rjust(scale + 1, "0")
    plain = digits if scale == 0 else digits[:-scale] + "." + digits[-scale:]
    return ("-" if mantissa < 0 else "") + plain


def decimal_at(record, offset):
    mantissa, scale = struct.unpack_from("<qB", record, offset)
    return decimal(mantissa, scale)


def symbol_hash(name):
    result = 0x9E3779B97F4A7C15
    padded = name + b"\0" * (-len(name) % 8)
    for (word,) in struct.iter_unpack("<Q", padded):
        result = ((result ^ word) * 0xFF51AFD7ED558CCD) & MASK
        result ^= result >> 32
    return result


def rotate(word, bits):
    return ((word << bits) | (word >> (64 - bits))) & MASK


def siphash(message, k0, k1):
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = message + b"\0" * (7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def fingerprint(message, salt, role):
    return siphash(message.encode(), salt, role) or 1


class Ring:
    """`words` is the whole segment as words, so that each is loaded in one piece."""

    def __init__(self, words, head, slots, capacity, stride, size):
        self.words, self.head_at, self.capacity = words, head // 8, capacity
        self.slots_at, self.stride, self.size = slots // 8, stride // 8, size // 8

    def head(self):
        return self.words[self.head_at]

    def read(self, position):
        """The record's bytes, or None if it is not there or lapped."""
        if position == 0 or position > self.head():
            return None
        begin = self.slots_at + position % self.capacity * self.stride
        copy = [self.words[begin + i] for i in range(self.size)]
        if (self.head() - position) & MASK > self.capacity - 2:
            return None
        return struct.pack("<%dQ" % self.size, *copy)

    def latest(self):
        for _ in range(1000):
            position = self.head()
            if position == 0:
                return None
            record = self.read(position)
            if record is not None:
                return record
        raise Busy

    def newest(self, count, received_at):
        """(position, record) of the newest records, oldest first."""
        found = []
        head = self.head()
        for position in range(head - min(count, head, self.capacity - 1) + 1, head + 1):
            record = self.read(position)
            if record is None or struct.unpack_from("<q", record, received_at) == (0,):
                found = []
            else:
                found.append((position, record))
        return found


class Segment:
    # Least prefix; in an element: bytes beside the records, and how many records (None: a series);
    # least bytes of a record; least and greatest count.
    SHAPES = [
        (0, 1664, 0, 0, 1, 1), (0, 72, 2, 152, 0, 128), (0, 8, 0, 0, 2, 1 << 22),
        (0, 32, 0, 0, 1, 1 << 20), (0, 8, 2, 56, 1, 1 << 20), (64, 0, 1, 56, 2, 1 << 26),
        (64, 0, 1, 1408, 2, 65536), (0, 136, None, 128, 0, 65536), (64, 0, 1, 224, 2, 65536),
        (0, 8, 2, 144, 16, 16), (0, 8, 2, 24, 1, 1)]
    STATUS, CHANNELS, INDEX, NAMES, CELLS, TAPE, ORDERS, SERIES, PORTFOLIO, ERRORS, GAP = range(11)
    POWERS_OF_TWO = (INDEX, TAPE, ORDERS, PORTFOLIO)
    FIXED_STRIDE = (INDEX, NAMES)
    MAY_BE_MISSING = (ERRORS,)

    def __init__(self, name):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open("/dev/shm/" + name, flags)
        try:
            size = self.check_file(os.fstat(descriptor))
            self.memory = mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(descriptor)
        self.check_header(size)
        self.words = memoryview(self.memory)[: size // 8 * 8].cast("Q")

    @staticmethod
    def check_file(file):
        trusted = {os.geteuid(), 0}
        user = os.environ.get("TICKCACHE_USER") or "tickcache"
        try:
            trusted.add(pwd.getpwnam(user).pw_uid)
        except KeyError:
            if user.isdigit():
                trusted.add(int(user))
        if not stat.S_ISREG(file.st_mode) or file.st_size < 320:
            raise Refused("not a segment")
        if file.st_uid not in trusted:
            raise Refused("belongs to a stranger")
        if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Refused("may be written by others")
        return file.st_size

    def check_header(self, size):
        header = self.memory[:320]
        if header[:8] != b"TICKCSHM":
            raise Refused("not a segment")
        self.major, _, header_size, segment_size, self.instance, self.pid, self.closed = \
            struct.unpack_from("<HHIQQII", header, 8)
        if self.major != 2:
            raise Refused("another version")
        (self.created, self.liveness, self.silence_after, self.salt, self.url_fingerprint,
         self.key_fingerprint) = struct.unpack_from("<qqqQQQ", header, 48)
        self.writer_version = text(header[112:144])
        self.upstream = text(header[144:272])
        part_count, part_stride = struct.unpack_from("<II", header, 272)
        table_end = header_size + part_count * part_stride
        if not (header_size >= 320 and header_size % 8 == 0 and part_stride >= 24 and
                part_stride % 8 == 0 and table_end <= size and segment_size == size and
                self.instance != 0 and 2 <= self.closed <= 65536 and
                self.closed & (self.closed - 1) == 0):
            raise Refused("damaged")
        self.parts = [(0, 0, 0, 0, 0)] * len(self.SHAPES)
        for i in range(min(part_count, len(self.SHAPES))):
            self.parts[i] = struct.unpack_from("<QIIII", self.memory, header_size + i * part_stride)
        for i in range(len(self.SHAPES)):
            if not (i in self.MAY_BE_MISSING and self.parts[i][0] == 0):
                self.check_part(i, table_end, size)
        if self.parts[self.NAMES][2] != self.parts[self.CELLS][2] or \
                self.parts[self.INDEX][2] <= self.parts[self.CELLS][2]:
            raise Refused("damaged")

    def check_part(self, i, table_end, size):
        offset, prefix, count, stride, record = self.parts[i]
        least_prefix, beside, records, least_record, least, greatest = self.SHAPES[i]
        needed = beside + (2 + self.closed if records is None else records) * record
        sound = offset % 64 == 0 and table_end <= offset and least <= count <= greatest
        sound = sound and offset + prefix + count * stride <= size
        if i in self.FIXED_STRIDE:
            sound = sound and prefix == 0 and stride == beside
        else:
            sound = sound and prefix >= least_prefix and prefix % 64 == 0
            sound = sound and record >= least_record and record % 8 == 0
            sound = sound and stride >= needed and stride % 64 == 0
        if i in self.POWERS_OF_TWO:
            sound = sound and count & (count - 1) == 0
        if not sound:
            raise Refused("damaged")

    def has(self, part):
        return self.parts[part][0] != 0

    def prefix(self, part):
        return self.parts[part][0]

    def at(self, part, index=0):
        offset, prefix, _, stride, _ = self.parts[part]
        return offset + prefix + index * stride

    def word(self, offset):
        return self.words[offset // 8]

    def signed(self, offset):
        return struct.unpack("<q", struct.pack("<Q", self.word(offset)))[0]

    def copy(self, offset, size):
        words = [self.word(offset + i) for i in range(0, size, 8)]
        return struct.pack("<%dQ" % len(words), *words)

    def pair(self, offset, part):
        return Ring(self.words, offset, offset + 8, 2, self.parts[part][4], self.SHAPES[part][3])

    def ring(self, part):
        _, _, count, stride, _ = self.parts[part]
        return Ring(self.words, self.prefix(part), self.at(part), count, stride,
                    self.SHAPES[part][3])

    def used(self, offset, part):
        return min(self.word(self.at(self.STATUS) + offset), self.parts[part][2])

    def find(self, symbol):
        name = symbol.encode()
        name = bytes(b - 32 if 97 <= b <= 122 else b for b in name)
        if not 1 <= len(name) <= 31:
            return None
        hashed = symbol_hash(name)
        count = self.parts[self.INDEX][2]
        for i in range(count):
            entry = self.word(self.at(self.INDEX, (hashed + i) % count))
            if entry == 0:
                return None
            cell = (entry & 0xFFFFFFFF) - 1
            if entry >> 32 == hashed >> 32 and 0 <= cell < self.parts[self.CELLS][2] and \
                    self.name(cell) == name.decode():
                return cell
        return None

    def name(self, cell):
        return text(self.copy(self.at(self.NAMES, cell), 32))

    def ticker(self, cell):
        return self.pair(self.at(self.CELLS, cell), self.CELLS).latest()

    def ticks_flow(self, connection, now):
        activity = self.at(self.STATUS) + 576 + connection % 16 * 64
        limit = self.signed(activity + 32)
        if limit == 0 or limit > self.silence_after:
            limit = self.silence_after
        return self.silence_after == 0 or now - self.signed(activity + 16) <= limit

    def confirmed(self, now):
        verified = self.signed(self.at(self.STATUS) + 1600)
        valid_for = self.signed(self.at(self.STATUS) + 1608)
        return verified != 0 and now - verified <= valid_for

    def judge(self, epoch, connection, received, standing=0, objections=0, tick=False,
              snapshot=False, own_silence=0):
        status = self.at(self.STATUS)
        run_state = self.word(status)
        heartbeat = self.signed(status + 64)
        session = self.word(status + 128 + connection % 16 * 8)
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if run_state != 1:
            return "down " + RUN_STATES.get(run_state, "stopped")
        if now - heartbeat > self.liveness or heartbeat > now + SECOND or received > now + SECOND:
            return "down heartbeat_lost"
        for bit, reason in ((1, "lagging"), (2, "rejected"), (4, "unconfirmed")):
            if objections & bit:
                return "stale " + reason
        if objections or standing == 1:
            return "stale unsubscribed"
        if session & 0xFF != UP:
            return "stale reconnecting"
        if epoch == 0 or epoch != session >> 32 or standing != 0:
            return "stale previous_epoch"
        age = now - received
        if tick and age > min(2 * SECOND, self.silence_after or 2 * SECOND):
            proven = not snapshot and self.ticks_flow(connection, now) or self.confirmed(now)
            again = self.word(status + 128 + connection % 16 * 8)
            if not proven or again != session:
                return "stale unconfirmed" if snapshot else "stale silent"
        if own_silence and age > own_silence:
            return "stale silent"
        return "live none"


def interval_ns(interval):
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}.get(interval[-1:], 0)
    return int(interval[:-1]) * unit * SECOND if interval[:-1].isdigit() else 0


def dump_tickers(segment):
    for cell in range(segment.used(16, Segment.CELLS)):
        record = segment.ticker(cell)
        price, quantity, exchange_time, received, updates, epoch, connection, price_scale, \
            quantity_scale, flags, index, objections = struct.unpack_from("<qqqqQIBBBBIB", record)
        name = segment.name(cell)
        assert index == cell == segment.find(name.lower())
        yield "ticker %s %s %s %s %d %d %d %d %s" % (
            name, decimal(price, price_scale),
            decimal(quantity, quantity_scale) if flags & 1 else "-",
            ("maker" if flags & 4 else "taker") if flags & 2 else "-",
            exchange_time, received, updates, epoch,
            segment.judge(epoch, connection, received, objections=objections, tick=True,
                          snapshot=bool(flags & 8)))


def dump_orders(segment):
    standing = segment.word(segment.prefix(Segment.ORDERS) + 8)
    orders = segment.ring(Segment.ORDERS).newest(100, 344)
    for position, record in orders:
        filled, cancelled, received, gap, epoch = struct.unpack_from("<qqqqI", record, 328)
        fields, flags = record[365], record[366]
        texts = [text(record[a:b]) for a, b in
                 ((0, 40), (40, 72), (72, 96), (96, 112), (112, 120), (120, 248), (368, 1408))]
        decimals = [decimal_at(record, 248 + 16 * i) if fields & 1 << i else "-" for i in range(5)]
        yield " ".join(["order", str(position), *texts, *decimals, str(filled), str(cancelled),
                        str(received), str(gap), str(epoch), str(flags)])
    if orders:
        record = orders[-1][1]
        standing = standing or segment.word(segment.prefix(Segment.ORDERS) + 8)
        yield "orders " + segment.judge(struct.unpack_from("<I", record, 360)[0], record[364],
                                        struct.unpack_from("<q", record, 344)[0], standing)
        gap = segment.pair(segment.at(Segment.GAP), Segment.GAP).latest()
        since, position, _ = struct.unpack("<qQQ", gap) if gap is not None else (0, 0, 0)
        yield "gap %d" % (since if position >= orders[-1][0] else 0)


def dump_candles(segment):
    for i in range(segment.used(32, Segment.SERIES)):
        base = segment.at(Segment.SERIES, i)
        symbol, interval = text(segment.copy(base, 32)), text(segment.copy(base + 32, 8))
        standing = segment.word(base + 40)
        open_candle = segment.pair(base + 128, Segment.SERIES).latest()
        record_size = segment.parts[Segment.SERIES][4]
        slots = segment.at(Segment.SERIES, i + 1) - segment.closed * record_size
        closed = Ring(segment.words, base + 64, slots, segment.closed, record_size, 128)
        by_time = {record[:8]: record for _, record in closed.newest(100, 112)}
        if open_candle is not None:
            newest = max((struct.unpack("<q", time)[0] for time in by_time), default=-1)
            if struct.unpack_from("<q", open_candle)[0] > newest:
                by_time[open_candle[:8]] = open_candle
        candles = list(by_time.values())[-100:]
        for record in candles:
            yield "candle %s %s %d %s %s %d" % (
                symbol, interval, struct.unpack_from("<q", record)[0],
                " ".join(decimal_at(record, offset) for offset in (8, 24, 40, 56)),
                text(record[72:112]), record[125])
        if candles:
            newest = max(candles, key=lambda record: struct.unpack_from("<q", record, 112))
            length = interval_ns(interval)
            standing = standing or segment.word(base + 40)
            silence = segment.silence_after + length if segment.silence_after and length else 0
            yield "series %s %s %s" % (symbol, interval, segment.judge(
                struct.unpack_from("<I", newest, 120)[0], newest[124],
                struct.unpack_from("<q", newest, 112)[0], standing, own_silence=silence))


def dump_portfolio(segment):
    standing = segment.word(segment.prefix(Segment.PORTFOLIO) + 8)
    record = segment.ring(Segment.PORTFOLIO).latest()
    if record is None or struct.unpack_from("<q", record, 208) == (0,):
        return
    exchange_time, received, epoch = struct.unpack_from("<qqI", record, 200)
    standing = standing or segment.word(segment.prefix(Segment.PORTFOLIO) + 8)
    yield "portfolio %s %d %d %d %s" % (
        " ".join(text(record[i : i + 40]) for i in range(0, 200, 40)), exchange_time, received,
        epoch, segment.judge(epoch, record[220], received, standing))


def dump_status(segment):
    status = segment.at(Segment.STATUS)
    yield "status %s %d" % (RUN_STATES[segment.word(status)], segment.word(status + 8))
    for i in range(16):
        session = segment.word(status + 128 + 8 * i)
        if session & 0xFF:
            activity = status + 576 + 64 * i
            yield "connection %d %d %d %d %d %d %d" % (
                i, session & 0xFF, session >> 32, segment.signed(activity),
                segment.signed(activity + 8), segment.signed(activity + 16),
                segment.word(activity + 24))
            error = None
            if segment.has(Segment.ERRORS):
                error = segment.pair(segment.at(Segment.ERRORS, i), Segment.ERRORS).latest()
            if error is not None:
                when, failures = struct.unpack_from("<qI", error)
                yield "error %d %d %d %s" % (i, when, failures, text(error[16:144]))
    for i in range(segment.used(24, Segment.CHANNELS)):
        base = segment.at(Segment.CHANNELS, i)
        record = segment.pair(base + 64, Segment.CHANNELS).latest()
        if record is not None and record[1]:
            yield "channel %d %d %d %s %s %s %d %d" % (
                record[0], record[1], record[2], text(record[16:48]), text(record[48:56]),
                text(record[56:152]), struct.unpack_from("<q", record, 8)[0], segment.word(base))
    for i in range(32):
        count = segment.word(status + 320 + 8 * i)
        if count:
            yield "counter %d %d" % (i, count)


def dump(segment, key):
    yield "header %d %d %d %d %s %s" % (segment.major, segment.instance, segment.pid,
                                        segment.created, segment.writer_version, segment.upstream)
    yield "url %s" % (fingerprint(segment.upstream, segment.salt, 1) == segment.url_fingerprint)
    yield "key %s" % (fingerprint(key, segment.salt, 2) == segment.key_fingerprint)
    yield "tape %d" % segment.ring(Segment.TAPE).head()
    for part in (dump_status, dump_tickers, dump_orders, dump_candles, dump_portfolio):
        yield from part(segment)


def mix(n):
    n = (n + 0x9E3779B97F4A7C15) & MASK
    n = ((n ^ n >> 30) * 0xBF58476D1CE4E5B9) & MASK
    n = ((n ^ n >> 27) * 0x94D049BB133111EB) & MASK
    return n ^ n >> 31


def watch(segment, symbol, count):
    """The payload of tests/libcache/payload.hpp: every field follows from `updates`."""
    ring = segment.pair(segment.at(Segment.CELLS, segment.find(symbol)), Segment.CELLS)
    torn = busy = changes = last = 0
    for _ in range(count):
        try:
            record = ring.latest()
        except Busy:
            busy += 1
            continue
        price, quantity, exchange_time, _, updates = struct.unpack_from("<qqqqQ", record)
        wanted = [(mix(updates + i) >> 2) + 1 for i in range(3)]
        torn += [price, quantity, exchange_time] != wanted or record[45] != mix(updates) % 19
        torn += updates < last
        changes += updates != last
        last = updates
    yield "torn %d" % torn
    yield "busy %s" % ("some" if busy else "none")
    yield "changes %s" % ("many" if changes > 100 else str(changes))


def main():
    command, name = sys.argv[1:3]
    try:
        segment = Segment(name)
    except (Refused, OSError) as error:
        print("refused", error)
        return 1
    if command == "dump":
        lines = dump(segment, sys.argv[3] if len(sys.argv) > 3 else "")
    else:
        lines = watch(segment, sys.argv[3], int(sys.argv[4]))
    for line in lines:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
