-- SPDX-License-Identifier: GPL-2.0
--
-- Wireshark dissector of the NPV protocol, Documentation/protocol.rst:
--
--	tshark -X lua_script:tools/wireshark/npv.lua ...
--	wireshark: copy it into the folder "Personal Lua Plugins"
--
-- Works with Wireshark 3.6 and later. Filters: npv.type == 0x10, npv.malformed,
-- npv.udp.frame == 4, npv.udp.number > 1000...

local npv = Proto("npv", "Network Protocol Virtualization")

npv.prefs.port = Pref.uint("Port", 6780, "NPV port, TCP and UDP")

local HDR = 8
local DATA_HDR = 24
local DATA_MAX = 256 * 1024
local CTRL_MAX = 512
local UDP_MIN = 128
local MAGIC = 0x4e505631
local VERSION = 1
local SKIP = 0x80
local SEQ_END = UInt64.new(0, 0x80000000)

local DATA, ACK, FIN, CLOSE = 0x01, 0x02, 0x03, 0x04
local HELLO, WELCOME, REFUSE = 0x10, 0x11, 0x12
local JOIN, JOIN_ACK, JOIN_CONFIRM, OFFER = 0x13, 0x14, 0x15, 0x16
local PATH_CHALLENGE, PATH_RESPONSE, SOURCE_PROOF, BEGIN = 0x17, 0x18, 0x19, 0x1a
local STATUS, ADDR_ADD, ADDR_DEL, PING, PONG = 0x20, 0x21, 0x22, 0x23, 0x24
local SOURCE = 0x25

local types = {
	[DATA] = "DATA", [ACK] = "ACK", [FIN] = "FIN", [CLOSE] = "CLOSE",
	[HELLO] = "HELLO", [WELCOME] = "WELCOME", [REFUSE] = "REFUSE",
	[JOIN] = "JOIN", [JOIN_ACK] = "JOIN_ACK",
	[JOIN_CONFIRM] = "JOIN_CONFIRM", [OFFER] = "OFFER",
	[STATUS] = "STATUS", [ADDR_ADD] = "ADDR_ADD", [ADDR_DEL] = "ADDR_DEL",
	[PATH_CHALLENGE] = "PATH_CHALLENGE", [PATH_RESPONSE] = "PATH_RESPONSE",
	[SOURCE_PROOF] = "SOURCE_PROOF", [BEGIN] = "BEGIN", [SOURCE] = "SOURCE",
	[PING] = "PING", [PONG] = "PONG",
}
local reasons = {
	[0] = "DONE", "RESET", "PROTOCOL", "TIMEOUT", "ADMIN", "STACK",
}
local refusals = {
	[0] = "none", "VERSION", "SERVICE", "BACKLOG", "BUSY", "SESSION", "MAC",
	"STACKS", "MALFORMED", "OPTION",
}
local statuses = { [0] = "ACTIVE", "BACKUP", "PAUSED", "LEAVING" }
local socktypes = { [1] = "stream", [2] = "datagram", [5] = "seqpacket" }

-- Lengths behind the header: shortest, longest, step
local shapes = {
	[DATA] = { 17, 16 + DATA_MAX, 1 },
	[ACK] = { 16, 496, 16 },
	[FIN] = { 16, 16, 1 },
	[CLOSE] = { 0, 0, 1 },
	[HELLO] = { 44, CTRL_MAX - HDR, 1 },
	[WELCOME] = { 44, CTRL_MAX - HDR, 1 },
	[REFUSE] = { 0, CTRL_MAX - HDR, 1 },
	[JOIN] = { 36, CTRL_MAX - HDR, 1 },
	[JOIN_ACK] = { 48, 48, 1 },
	[JOIN_CONFIRM] = { 32, 32, 1 },
	[OFFER] = { 32, 32, 1 },
	[STATUS] = { 8, 8, 1 },
	[ADDR_ADD] = { 20, 320, 20 },
	[ADDR_DEL] = { 4, 64, 4 },
	[PING] = { 8, 8, 1 },
	[PONG] = { 8, 8, 1 },
	[PATH_CHALLENGE] = { 24, 24, 1 },
	[PATH_RESPONSE] = { 56, 56, 1 },
	[SOURCE_PROOF] = { 40, 40, 1 },
	[BEGIN] = { 32, 32, 1 },
	[SOURCE] = { 24, 24, 1 },
}

local f = npv.fields
f.type = ProtoField.uint8("npv.type", "Type", base.HEX, types)
f.skip = ProtoField.bool("npv.type.skip", "May be skipped", 8, nil, SKIP)
f.flags = ProtoField.uint8("npv.flags", "Flags", base.HEX)
f.ack_req = ProtoField.bool("npv.flags.ack_req", "An ACK is wanted", 8, nil, 1)
f.backup = ProtoField.bool("npv.flags.backup", "Backup", 8, nil, 1)
f.aux = ProtoField.uint16("npv.aux", "Auxiliary", base.DEC)
f.reason = ProtoField.uint16("npv.close.reason", "Reason", base.DEC, reasons)
f.refusal = ProtoField.uint16("npv.refusal", "Refusal", base.DEC, refusals)
f.status = ProtoField.uint16("npv.status", "Status", base.DEC, statuses)
f.count = ProtoField.uint16("npv.addr.count", "Number of addresses", base.DEC)
f.length = ProtoField.uint32("npv.length", "Length", base.DEC)
f.reserved = ProtoField.bytes("npv.reserved", "Reserved")
f.seq = ProtoField.uint64("npv.seq", "Number", base.DEC)
f.next = ProtoField.uint64("npv.next", "Number behind it", base.DEC)
f.ack = ProtoField.uint64("npv.ack", "Acknowledged", base.DEC)
f.edge = ProtoField.uint64("npv.edge", "Edge", base.DEC)
f.start = ProtoField.uint64("npv.range.start", "Start", base.DEC)
f.stop = ProtoField.uint64("npv.range.end", "End", base.DEC)
f.payload = ProtoField.bytes("npv.payload", "Payload")
f.payload_len = ProtoField.uint32("npv.payload.length", "Payload length", base.DEC)
f.magic = ProtoField.uint32("npv.magic", "Magic", base.HEX)
f.version = ProtoField.uint8("npv.version", "Version", base.DEC)
f.version_min = ProtoField.uint8("npv.version_min", "Lowest version", base.DEC)
f.socktype = ProtoField.uint8("npv.socktype", "Socket type", base.DEC, socktypes)
f.port = ProtoField.uint16("npv.port", "Service port", base.DEC)
f.id = ProtoField.uint64("npv.id", "Session", base.HEX)
f.key = ProtoField.bytes("npv.key", "Key")
f.stack = ProtoField.uint32("npv.stack", "Stack", base.DEC)
f.nonce = ProtoField.bytes("npv.nonce", "Nonce")
f.mac = ProtoField.bytes("npv.mac", "MAC")
f.option = ProtoField.uint16("npv.option.type", "Option", base.HEX)
f.option_must = ProtoField.bool("npv.option.must", "Must be understood", 16,
				nil, 0x8000)
f.option_len = ProtoField.uint16("npv.option.length", "Length", base.DEC)
f.option_value = ProtoField.bytes("npv.option.value", "Value")
f.number = ProtoField.uint32("npv.status.number", "Number", base.DEC)
f.addr_id = ProtoField.uint8("npv.addr.id", "Address", base.DEC)
f.addr_port = ProtoField.uint16("npv.addr.port", "NPV port", base.DEC)
f.addr = ProtoField.ipv6("npv.addr", "IPv6 address")
f.addr4 = ProtoField.ipv4("npv.addr4", "IPv4 address")
f.source_port = ProtoField.uint16("npv.source.port", "Port of UDP", base.DEC)
f.token = ProtoField.bytes("npv.token", "Token")
f.opaque = ProtoField.uint64("npv.opaque", "Opaque", base.HEX)
f.rest = ProtoField.bytes("npv.rest", "To be skipped")
f.padding = ProtoField.bytes("npv.padding", "Padding")
-- Packets of UDP stacks
f.kind = ProtoField.string("npv.udp.kind", "Packet")
f.has_cid = ProtoField.bool("npv.udp.has_cid", "Has a connection id", 8, nil, 0x20)
f.follows = ProtoField.bool("npv.udp.follows", "Payload of the packet before goes on",
			    8, nil, 0x10)
f.fragment = ProtoField.bool("npv.udp.fragment", "Part of a message", 8, nil, 0x40)
f.cid = ProtoField.uint64("npv.udp.cid", "Connection id", base.HEX)
f.packet = ProtoField.uint32("npv.udp.number", "Low bits of the number", base.DEC)
f.bits = ProtoField.uint8("npv.udp.number.bits", "Bits", base.DEC)
f.offset = ProtoField.uint16("npv.udp.message.offset", "Offset", base.DEC)
f.total = ProtoField.uint16("npv.udp.message.length", "Length of the message", base.DEC)
f.frame = ProtoField.uint8("npv.udp.frame", "Frame", base.HEX, {
	[0] = "PADDING", "PING", "ACK", "ACK_ECN", "WINDOW", "FRAME", [0x80] = "DATA",
})
f.largest = ProtoField.uint64("npv.udp.ack.largest", "Largest number", base.DEC)
f.delay = ProtoField.uint64("npv.udp.ack.delay", "Delay, microseconds", base.DEC)
f.first = ProtoField.uint64("npv.udp.ack.first", "First", base.DEC)
f.last = ProtoField.uint64("npv.udp.ack.last", "Last", base.DEC)
f.ect0 = ProtoField.uint64("npv.udp.ack.ect0", "ECT(0)", base.DEC)
f.ect1 = ProtoField.uint64("npv.udp.ack.ect1", "ECT(1)", base.DEC)
f.ce = ProtoField.uint64("npv.udp.ack.ce", "CE", base.DEC)
f.ranges = ProtoField.uint64("npv.udp.ranges", "Further ranges", base.DEC)
f.want_window = ProtoField.bool("npv.udp.data.window", "A WINDOW is wanted", 8, nil, 4)
f.record_end = ProtoField.bool("npv.udp.data.end", "A record ends", 8, nil, 2)

local malformed = ProtoExpert.new("npv.malformed", "Malformed frame",
				  expert.group.MALFORMED, expert.severity.ERROR)
local unknown = ProtoExpert.new("npv.unknown", "Unknown, to be skipped",
				expert.group.UNDECODED, expert.severity.NOTE)
local refused = ProtoExpert.new("npv.refused", "Refused",
				expert.group.RESPONSE_CODE, expert.severity.NOTE)
npv.experts = { malformed, unknown, refused }

-- A frame under way: its bytes from the header on, and where they are shown
local Frame = {}
Frame.__index = Frame

function Frame:bad(text)
	self.tree:add_proto_expert_info(malformed, text)
end

function Frame:add(field, offset, length)
	return self.tree:add(field, self.tvb(offset, length))
end

function Frame:zero(offset, length)
	for i = offset, offset + length - 1 do
		if self.tvb(i, 1):uint() ~= 0 then
			self:add(f.reserved, offset, length)
			self:bad("what is reserved is not zero")
			return
		end
	end
end

-- What is reserved may have a meaning in a later version.
function Frame:reserved(offset, length, version)
	if not version or version == VERSION then
		self:zero(offset, length)
	end
end

function Frame:u64(field, offset)
	local value = self.tvb(offset, 8):uint64()

	self:add(field, offset, 8)
	return value
end

function Frame:below(value, name)
	if value > SEQ_END then
		self:bad(name .. " is above 2^63")
	end
end

function Frame:magic()
	self:add(f.magic, 8, 4)
	if self.tvb(8, 4):uint() ~= MAGIC then
		self:bad("magic is not \"NPV1\"")
	end
	self:add(f.version, 12, 1)
	local version = self.tvb(12, 1):uint()
	if version == 0 then
		self:bad("version is 0")
	end
	return version
end

function Frame:options(offset)
	while offset < self.tvb:len() do
		if self.tvb:len() - offset < 4 then
			self:bad("an option is cut off")
			return
		end
		local length = self.tvb(offset + 2, 2):uint()
		local fits = offset + 4 + length <= self.tvb:len()
		local option = self:add(f.option, offset, 2)
		option:add(f.option_must, self.tvb(offset, 2))
		option:add(f.option_len, self.tvb(offset + 2, 2))
		if not fits then
			self:bad("an option is longer than the frame")
			return
		end
		if length > 0 then
			option:add(f.option_value, self.tvb(offset + 4, length))
		end
		offset = offset + 4 + length
	end
end

local dissect = {}

dissect[DATA] = function(frame)
	local length = frame.tvb:len() - DATA_HDR
	local seq = frame:u64(f.seq, 8)
	local ack = frame:u64(f.ack, 16)

	frame.tree:add(f.next, frame.tvb(8, 8), seq + length):set_generated()
	frame.tree:add(f.payload_len, frame.tvb(4, 4), length):set_generated()
	frame:add(f.payload, DATA_HDR, length)
	frame:below(seq + length, "the payload's end")
	frame:below(seq, "the number")
	frame:below(ack, "what is acknowledged")
	return string.format("seq=%s ack=%s len=%d", tostring(seq), tostring(ack),
			     length)
end

dissect[FIN] = function(frame)
	local seq = frame:u64(f.seq, 8)
	local ack = frame:u64(f.ack, 16)

	if seq >= SEQ_END then
		frame:bad("the number is not below 2^63")
	end
	frame:below(ack, "what is acknowledged")
	return string.format("seq=%s ack=%s", tostring(seq), tostring(ack))
end

dissect[ACK] = function(frame)
	local ack = frame:u64(f.ack, 8)
	local edge = frame:u64(f.edge, 16)
	local last, n = ack, 0

	if edge < ack then
		frame:bad("the edge is below what is acknowledged")
	end
	frame:below(edge, "the edge")
	for offset = DATA_HDR, frame.tvb:len() - 16, 16 do
		local start = frame.tvb(offset, 8):uint64()
		local stop = frame.tvb(offset + 8, 8):uint64()
		local range = frame.tree:add(npv, frame.tvb(offset, 16),
			string.format("Range %s to %s", tostring(start),
				      tostring(stop)))

		range:add(f.start, frame.tvb(offset, 8))
		range:add(f.stop, frame.tvb(offset + 8, 8))
		if start <= last then
			frame:bad("ranges touch or don't ascend")
		end
		if stop <= start then
			frame:bad("a range is empty")
		end
		frame:below(stop, "a range's end")
		last = stop
		n = n + 1
	end
	return string.format("ack=%s edge=%s ranges=%d", tostring(ack),
			     tostring(edge), n)
end

local function hello(frame)
	local version = frame:magic()
	local min = frame.tvb(13, 1):uint()
	local socktype = frame.tvb(14, 1):uint()

	frame:add(f.version_min, 13, 1)
	if frame.type == HELLO and (min == 0 or min > version) then
		frame:bad("the lowest version is 0 or above the highest")
	end
	frame:add(f.socktype, 14, 1)
	if version == VERSION and not socktypes[socktype] then
		frame:bad("there is no such socket type")
	end
	frame:reserved(2, 2, version)
	frame:reserved(15, 1, version)
	frame:add(f.port, 16, 2)
	frame:reserved(18, 2, version)
	frame:add(f.id, 20, 8)
	frame:below(frame:u64(f.edge, 28), "the edge")
	frame:add(f.key, 36, 16)
	frame:options(52)
	return string.format("port=%d version=%d %s", frame.tvb(16, 2):uint(),
			     version, socktypes[socktype] or socktype)
end
dissect[HELLO] = hello
dissect[WELCOME] = hello

dissect[CLOSE] = function(frame)
	return reasons[frame.aux] or frame.aux
end

dissect[REFUSE] = function(frame)
	if frame.tvb:len() > HDR then
		frame:add(f.rest, HDR, frame.tvb:len() - HDR)
	end
	frame.tree:add_proto_expert_info(refused)
	return refusals[frame.aux] or frame.aux
end

dissect[JOIN] = function(frame)
	local version = frame:magic()

	frame:reserved(2, 2, version)
	frame:reserved(13, 3, version)
	frame:add(f.id, 16, 8)
	frame:add(f.stack, 24, 4)
	frame:add(f.nonce, 28, 16)
	frame:options(44)
	return "stack=" .. frame.tvb(24, 4):uint()
end

dissect[JOIN_ACK] = function(frame)
	frame:add(f.nonce, 8, 16)
	frame:add(f.mac, 24, 32)
end

dissect[JOIN_CONFIRM] = function(frame)
	frame:add(f.mac, 8, 32)
end

dissect[OFFER] = function(frame)
	local version = frame:magic()

	frame:reserved(13, 1, version)
	frame:add(f.port, 14, 2)
	frame:add(f.id, 16, 8)
	frame:add(f.token, 24, 16)
	if frame.aux ~= 0 then
		frame.tree:add_proto_expert_info(refused)
	end
	return string.format("port=%d %s", frame.tvb(14, 2):uint(),
			     frame.aux == 0 and "available" or
			     refusals[frame.aux] or frame.aux)
end

dissect[STATUS] = function(frame)
	frame:add(f.stack, 8, 4)
	frame:add(f.number, 12, 4)
	return string.format("stack=%d %s", frame.tvb(8, 4):uint(),
			     statuses[frame.aux] or frame.aux)
end

local function addresses(frame)
	local length = frame.type == ADDR_ADD and 20 or 4

	if frame.aux == 0 or frame.tvb:len() - HDR ~= frame.aux * length then
		frame:bad("the number of addresses doesn't fit the length")
	end
	for offset = HDR, frame.tvb:len() - length, length do
		local id = frame.tvb(offset, 1):uint()

		frame:add(f.addr_id, offset, 1)
		if id == 0 then
			frame:bad("the id of an address is 0")
		end
		frame:zero(offset + 1, frame.type == ADDR_ADD and 1 or 3)
		if frame.type == ADDR_ADD then
			frame:add(f.addr_port, offset + 2, 2)
			frame:add(f.addr, offset + 4, 16)
			if frame.tvb(offset + 4, 12):bytes():tohex() ==
			   "00000000000000000000FFFF" then
				frame:add(f.addr4, offset + 16, 4)
			end
		end
	end
	return "n=" .. frame.aux
end
dissect[ADDR_ADD] = addresses
dissect[ADDR_DEL] = addresses

local function ping(frame)
	frame:add(f.opaque, 8, 8)
end
dissect[PING] = ping
dissect[PONG] = ping

dissect[PATH_CHALLENGE] = function(frame)
	frame:add(f.cid, 8, 8)
	frame:add(f.token, 16, 16)
end
dissect[PATH_RESPONSE] = function(frame)
	frame:add(f.cid, 8, 8)
	frame:add(f.token, 16, 16)
	frame:add(f.mac, 32, 32)
end
dissect[SOURCE_PROOF] = function(frame)
	frame:add(f.id, 8, 8)
	frame:add(f.mac, 16, 32)
end
dissect[BEGIN] = function(frame)
	frame:add(f.token, 8, 16)
	frame:add(f.nonce, 24, 16)
end
dissect[SOURCE] = function(frame)
	frame:add(f.addr, 8, 16)
	frame:add(f.source_port, 24, 2)
	frame:add(f.reserved, 26, 6)
end

local aux_fields = {
	[CLOSE] = f.reason, [REFUSE] = f.refusal, [OFFER] = f.refusal,
	[STATUS] = f.status, [ADDR_ADD] = f.count, [ADDR_DEL] = f.count,
}
-- judged with the version
local aux_later = { [HELLO] = true, [WELCOME] = true, [JOIN] = true }

-- What is wrong with a header, or nil
local function judge(type, length)
	local shape = shapes[type]

	if type >= SKIP then
		shape = { 0, CTRL_MAX - HDR, 1 }
	elseif not shape then
		return "there is no such type"
	end
	if length < shape[1] or length > shape[2] or
	   (length - shape[1]) % shape[3] ~= 0 then
		return "the type has no such length"
	end
end

local function dissect_frame(tvb, pinfo, root)
	local type, length = tvb(0, 1):uint(), tvb(4, 4):uint()
	local name = types[type] or string.format("type 0x%02x", type)
	local tree = root:add(npv, tvb(), "NPV " .. name)
	local frame = setmetatable({ tvb = tvb, tree = tree, type = type,
				     aux = tvb(2, 2):uint() }, Frame)
	local flags, wrong, info

	frame:add(f.type, 0, 1):add(f.skip, tvb(0, 1))
	flags = frame:add(f.flags, 1, 1)
	if type == DATA then
		flags:add(f.ack_req, tvb(1, 1))
	elseif type == HELLO or type == JOIN then
		flags:add(f.backup, tvb(1, 1))
	end
	frame:add(aux_fields[type] or f.aux, 2, 2)
	frame:add(f.length, 4, 4)

	wrong = judge(type, length)
	if not wrong and tvb:len() ~= HDR + length then
		wrong = "the frame is cut off"
	end
	if wrong then
		frame:bad(wrong)
	elseif type >= SKIP then
		tree:add_proto_expert_info(unknown)
		if length > 0 then
			frame:add(f.rest, HDR, length)
		end
	else
		if not aux_fields[type] and not aux_later[type] then
			frame:zero(2, 2)
		end
		info = dissect[type](frame)
	end

	pinfo.cols.info:append(string.format("%s%s  ", name,
					     info and " " .. info or ""))
end

-- Of a malformed frame nothing tells where it ends: it takes all there is.
local function frame_length(tvb, _, offset)
	local type, length = tvb(offset, 1):uint(), tvb(offset + 4, 4):uint()

	if judge(type, length) then
		return tvb:len() - offset
	end
	return HDR + length
end

local function dissect_pdu(tvb, pinfo, tree)
	dissect_frame(tvb, pinfo, tree)
	return tvb:len()
end

-- A packet of a UDP stack that is read from its first byte on. What goes wrong is an
-- error() with a table: nothing behind it can be understood.
local Packet = {}
Packet.__index = Packet

function Packet:bad(text)
	error({ text = text })
end

function Packet:left()
	return self.tvb:len() - self.at
end

-- The next bytes
function Packet:take(length)
	if length > self:left() then
		self:bad("the packet is cut off")
	end
	local range = self.tvb(self.at, length)
	self.at = self.at + length
	return range
end

-- The next varint, as a UInt64, and its bytes
function Packet:varint()
	if self:left() == 0 then
		self:bad("the packet is cut off")
	end
	local first = self.tvb(self.at, 1):uint()
	local range = self:take(2 ^ math.floor(first / 64))
	local length = range:len()

	if length == 8 then
		return range:uint64():band(UInt64.new(0xffffffff, 0x3fffffff)), range
	end
	local value = range:uint() % 2 ^ (8 * length - 2)
	return UInt64.new(value, 0), range
end

-- A varint that is shown; @scale times, and @base more
function Packet:show(tree, field, scale, base)
	local value, range = self:varint()
	local shown = value

	if scale then
		shown = shown * UInt64.new(scale, 0)
	end
	if base then
		shown = shown + base
	end
	tree:add(field, range, shown)
	return value
end

function Packet:count(tree, most)
	local count = self:show(tree, f.ranges)

	if count > UInt64.new(most, 0) then
		self:bad("there are more ranges than may be")
	end
	return count:tonumber()
end

local function acknowledged(packet, tree, type)
	local two = UInt64.new(2, 0)
	local largest = packet:show(tree, f.largest)
	local low = largest

	if packet.acks then
		packet:bad("there are two acknowledgments")
	end
	packet.acks = true
	packet:show(tree, f.delay, 8)
	local count = packet:count(tree, 63)
	local high = largest
	for i = 0, count do
		local begin = packet.at

		if i > 0 then
			local gap = packet:varint()
			if gap + two > low then
				packet:bad("a range reaches below 0")
			end
			high = low - gap - two
		end
		local length = packet:varint()
		if length > high then
			packet:bad("a range reaches below 0")
		end
		low = high - length
		local where = packet.tvb(begin, packet.at - begin)
		local range = tree:add(npv, where, string.format("Range %s to %s",
			tostring(low), tostring(high)))
		range:add(f.first, where, low)
		range:add(f.last, where, high)
	end
	if type == 3 then
		packet:show(tree, f.ect0)
		packet:show(tree, f.ect1)
		packet:show(tree, f.ce)
	end
	return string.format("%s=%s", type == 3 and "ACK_ECN" or "ACK",
			     tostring(largest))
end

local function window(packet, tree)
	local one = UInt64.new(1, 0)
	local ack = packet:show(tree, f.ack)
	local edge = ack + packet:show(tree, f.edge, nil, ack)
	local count = packet:count(tree, 30)
	local behind = ack

	for _ = 1, count do
		local begin = packet.at
		local start = behind + packet:varint() + one
		local stop = start + packet:varint() + one
		local where = packet.tvb(begin, packet.at - begin)
		local range = tree:add(npv, where, string.format("Range %s to %s",
			tostring(start), tostring(stop)))

		range:add(f.start, where, start)
		range:add(f.stop, where, stop)
		if stop > SEQ_END then
			packet:bad("a range's end is above 2^63")
		end
		behind = stop
	end
	if edge > SEQ_END then
		packet:bad("the edge is above 2^63")
	end
	return string.format("WINDOW ack=%s edge=%s", tostring(ack), tostring(edge))
end

local function data(packet, tree, type, first)
	local range = packet:take(8)
	local seq = range:uint64()
	local length = packet:left()
	local ended = math.floor(type / 2) % 2 == 1

	tree:add(f.want_window, first)
	tree:add(f.record_end, first)
	tree:add(f.seq, range)
	if math.floor(type / 8) % 2 == 1 then
		local value, bytes = packet:varint()
		if value > UInt64.new(packet:left(), 0) then
			packet:bad("the packet is cut off")
		end
		length = value:tonumber()
		tree:add(f.payload_len, bytes, length)
	else
		tree:add(f.payload_len, range, length):set_generated()
	end
	if length == 0 and not ended then
		packet:bad("there is no payload")
	end
	if seq > SEQ_END or seq + UInt64.new(length, 0) > SEQ_END then
		packet:bad("the payload's end is above 2^63")
	end
	tree:add(f.next, range, seq + UInt64.new(length, 0)):set_generated()
	if length > 0 then
		tree:add(f.payload, packet:take(length))
	end
	return string.format("DATA seq=%s len=%d", tostring(seq), length)
end

-- but for WELCOME, with which a session begins
local handshake_types = {
	[HELLO] = true, [REFUSE] = true, [JOIN] = true, [JOIN_ACK] = true,
	[JOIN_CONFIRM] = true, [OFFER] = true, [PATH_CHALLENGE] = true,
	[PATH_RESPONSE] = true, [SOURCE_PROOF] = true, [BEGIN] = true,
}

local function whole_frame(packet, tree)
	if packet:left() < HDR then
		packet:bad("the packet is cut off")
	end
	local type = packet.tvb(packet.at, 1):uint()
	if handshake_types[type] or type == DATA then
		packet:bad("such a frame is not in a packet")
	end
	local length = packet.tvb(packet.at + 4, 4):uint()
	local wrong = judge(type, length)
	if wrong then
		packet:bad(wrong)
	end
	dissect_frame(packet:take(HDR + length):tvb(), packet.pinfo, tree)
end

local function numbered(packet, tree, first)
	local byte = first:uint()

	tree:add(f.kind, first, "NUMBERED")
	tree:add(f.has_cid, first)
	tree:add(f.follows, first)
	if math.floor(byte / 4) % 4 ~= 0 then
		packet:bad("what is reserved is not zero")
	end
	if math.floor(byte / 32) % 2 == 1 then
		tree:add(f.cid, packet:take(8))
	end
	local length = byte % 4 + 1
	local number = packet:take(length)
	tree:add(f.packet, number)
	tree:add(f.bits, first, 8 * length):set_generated()
	packet.pinfo.cols.info:append(string.format("#%u  ", number:uint()))
	if packet:left() == 0 then
		packet:bad("there is nothing behind the number")
	end
	if math.floor(byte / 16) % 2 == 1 then
		length = packet:left()
		tree:add(f.payload_len, number, length):set_generated()
		tree:add(f.payload, packet:take(length))
		packet.pinfo.cols.info:append(string.format("payload len=%d  ", length))
		return
	end
	while packet:left() > 0 do
		local begin = packet.at
		local where = packet:take(1)
		local type, info = where:uint(), nil
		local known = type < 0x80 and type or 0x80
		local sub

		if type > 5 and (type < 0x80 or type > 0x8f or type % 2 == 1) then
			packet:bad("there is no such frame")
		end
		sub = tree:add(npv, packet.tvb(begin), "Frame")
		sub:add(f.frame, where, known)
		if type == 0 then
			while packet:left() > 0 and
			      packet.tvb(packet.at, 1):uint() == 0 do
				packet:take(1)
			end
			info = "PADDING"
		elseif type == 1 then
			info = "PING"
		elseif type <= 3 then
			info = acknowledged(packet, sub, type)
		elseif type == 4 then
			info = window(packet, sub)
		elseif type == 5 then
			whole_frame(packet, sub)
		else
			info = data(packet, sub, type, where)
		end
		sub:set_len(packet.at - begin)
		if info then
			sub:set_text(info)
			packet.pinfo.cols.info:append(info .. "  ")
		end
	end
end

local function message(packet, tree, first)
	local byte = first:uint()
	local fragment = math.floor(byte / 64) % 2 == 1
	local length = math.floor(byte / 16) % 4
	local number, where = byte % 16, first

	tree:add(f.kind, first, "MESSAGE")
	tree:add(f.fragment, first)
	if length > 0 then
		where = packet:take(length)
		number = number * 2 ^ (8 * length) + where:uint()
	end
	tree:add(f.packet, where, number)
	tree:add(f.bits, first, 4 + 8 * length):set_generated()
	if fragment then
		local offset, total = packet:take(2), packet:take(2)

		tree:add(f.offset, offset)
		tree:add(f.total, total)
		if length < 2 then
			packet:bad("the number of a part is too short")
		end
		if packet:left() == 0 or
		   offset:uint() + packet:left() > total:uint() then
			packet:bad("a part has nothing, or reaches over the end")
		end
	end
	length = packet:left()
	tree:add(f.payload_len, where, length):set_generated()
	if length > 0 then
		tree:add(f.payload, packet:take(length))
	end
	packet.pinfo.cols.info:append(string.format("MESSAGE #%u len=%d", number, length))
end

local function dissect_packet(tvb, pinfo, root)
	local tree = root:add(npv, tvb(), "NPV packet")
	local packet = setmetatable({ tvb = tvb, pinfo = pinfo, at = 0 }, Packet)
	local first = packet:take(1)
	local read = first:uint() < 0x80 and numbered or message
	local fine, wrong = pcall(read, packet, tree, first)

	if fine then
		return
	end
	-- what isn't ours is of Wireshark itself
	if type(wrong) ~= "table" then
		error(wrong, 0)
	end
	tree:add_proto_expert_info(malformed, wrong.text)
end

-- Frames that a datagram of a handshake has, by its first
local udp_first = {
	[HELLO] = true, [WELCOME] = true, [REFUSE] = true, [JOIN] = true,
	[JOIN_ACK] = true, [OFFER] = true, [PATH_CHALLENGE] = true,
	[PATH_RESPONSE] = true, [SOURCE_PROOF] = true,
}
-- ... and what may be behind that
local udp_second = { [JOIN] = JOIN_CONFIRM, [HELLO] = BEGIN }

local function dissect_udp(tvb, pinfo, tree)
	local type, used

	if tvb(0, 1):uint() >= 0x40 then
		return dissect_packet(tvb, pinfo, tree)
	end
	type = tvb(0, 1):uint()
	if tvb:len() < HDR then
		tree:add(npv, tvb()):add_proto_expert_info(malformed,
			"a datagram is shorter than a header")
		return
	end
	used = math.min(frame_length(tvb, pinfo, 0), tvb:len())
	dissect_frame(tvb(0, used):tvb(), pinfo, tree)
	if not udp_first[type] then
		tree:add_proto_expert_info(malformed,
			"no handshake over UDP begins with such a frame")
		return
	end
	if udp_second[type] and tvb:len() - used >= HDR and
	   tvb(used, 1):uint() == udp_second[type] then
		local length = math.min(frame_length(tvb, pinfo, used),
					tvb:len() - used)
		dissect_frame(tvb(used, length):tvb(), pinfo, tree)
		used = used + length
	end
	if used < tvb:len() then
		tree:add(f.padding, tvb(used))
	end
	if (type == HELLO or type == JOIN) and tvb:len() < UDP_MIN then
		tree:add_proto_expert_info(malformed, string.format(
			"a %s over UDP has at least 128 bytes", types[type]))
	end
end

function npv.dissector(tvb, pinfo, tree)
	pinfo.cols.protocol = "NPV"
	-- a port_type of 3 is UDP
	if pinfo.port_type == 3 then
		pinfo.cols.info:clear()
		return dissect_udp(tvb, pinfo, tree)
	end
	pinfo.cols.info:clear()
	dissect_tcp_pdus(tvb, tree, HDR, frame_length, dissect_pdu)
	return tvb:len()
end

local registered

local function register(port)
	for _, name in ipairs({ "tcp.port", "udp.port" }) do
		local ports = DissectorTable.get(name)

		if registered then
			ports:remove(registered, npv)
		end
		ports:add(port, npv)
	end
	registered = port
end

function npv.prefs_changed()
	if npv.prefs.port ~= registered then
		register(npv.prefs.port)
	end
end

register(npv.prefs.port)
