-- SPDX-License-Identifier: GPL-2.0
--
-- Wireshark dissector of the NPV protocol, Documentation/protocol.rst:
--
--	tshark -X lua_script:tools/wireshark/npv.lua ...
--	wireshark: copy it into the folder "Personal Lua Plugins"
--
-- Works with Wireshark 3.6 and later. Filters: npv.type == 0x10, npv.malformed...

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
local STATUS, ADDR_ADD, ADDR_DEL, PING, PONG = 0x20, 0x21, 0x22, 0x23, 0x24

local types = {
	[DATA] = "DATA", [ACK] = "ACK", [FIN] = "FIN", [CLOSE] = "CLOSE",
	[HELLO] = "HELLO", [WELCOME] = "WELCOME", [REFUSE] = "REFUSE",
	[JOIN] = "JOIN", [JOIN_ACK] = "JOIN_ACK",
	[JOIN_CONFIRM] = "JOIN_CONFIRM", [OFFER] = "OFFER",
	[STATUS] = "STATUS", [ADDR_ADD] = "ADDR_ADD", [ADDR_DEL] = "ADDR_DEL",
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
	[OFFER] = { 16, 16, 1 },
	[STATUS] = { 8, 8, 1 },
	[ADDR_ADD] = { 20, 320, 20 },
	[ADDR_DEL] = { 4, 64, 4 },
	[PING] = { 8, 8, 1 },
	[PONG] = { 8, 8, 1 },
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
f.opaque = ProtoField.uint64("npv.opaque", "Opaque", base.HEX)
f.rest = ProtoField.bytes("npv.rest", "To be skipped")
f.padding = ProtoField.bytes("npv.padding", "Padding")
f.short = ProtoField.bytes("npv.short", "Packet with a short header")

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

local function dissect_udp(tvb, pinfo, tree)
	local type, used

	if tvb(0, 1):uint() >= 0x40 then
		tree:add(npv, tvb(), "NPV short packet"):add(f.short, tvb())
		pinfo.cols.info:set("short packet")
		return
	end
	type = tvb(0, 1):uint()
	if tvb:len() < HDR then
		tree:add(npv, tvb()):add_proto_expert_info(malformed,
			"a datagram is shorter than a header")
		return
	end
	used = math.min(frame_length(tvb, pinfo, 0), tvb:len())
	dissect_frame(tvb(0, used):tvb(), pinfo, tree)
	if type == HELLO then
		if used < tvb:len() then
			tree:add(f.padding, tvb(used))
		end
		if tvb:len() < UDP_MIN then
			tree:add_proto_expert_info(malformed,
				"a HELLO over UDP has at least 128 bytes")
		end
	elseif type ~= OFFER then
		tree:add_proto_expert_info(malformed,
			"only HELLO and OFFER go over UDP")
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
