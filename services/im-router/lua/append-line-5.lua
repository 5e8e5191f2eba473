--[[
  Numbers a line, keeps it, and tells who wants it: all at once, so that numbers are dense and the
  same line is never counted twice.

  KEYS[1]  the log: its epoch, the run of the server that made the epoch, and the last offset
  KEYS[2]  the last lines of the log
  KEYS[3]  the answer to this very line, for when it comes again
  KEYS[4]  who wants the room: life to generation
  KEYS[5]  the lives of nodes by the time, in ms, when they count as over
  ARGV[1]  the epoch of a log that begins here
  ARGV[2]  run
  ARGV[3]  id of the line
  ARGV[4]  text; empty: it has no number and is not kept
  ARGV[5]  lines kept at most
  ARGV[6]  how long a silent log is kept, in ms
  ARGV[7]  how long a line that comes again is known, in ms

  Output: { 1 when new, epoch, offset (0: none), id, life, generation, life, generation, … }
]]
if redis.call("HGET", KEYS[1], "run") ~= ARGV[2] then
  -- See join-room-3.lua.
  redis.call("HSET", KEYS[1], "run", ARGV[2], "epoch", ARGV[1])
  redis.call("HSETNX", KEYS[1], "offset", 0)
end
local epoch = redis.call("HGET", KEYS[1], "epoch")

local before = redis.call("HMGET", KEYS[3], "epoch", "offset", "id")
if before[3] then
  return { 0, before[1], tonumber(before[2]), before[3] }
end

local offset = 0
if ARGV[4] ~= "" then
  offset = redis.call("HINCRBY", KEYS[1], "offset", 1)
  redis.call("RPUSH", KEYS[2], ARGV[4])
  redis.call("LTRIM", KEYS[2], -ARGV[5], -1)
  redis.call("PEXPIRE", KEYS[2], ARGV[6])
end
redis.call("PEXPIRE", KEYS[1], ARGV[6])
redis.call("HSET", KEYS[3], "epoch", epoch, "offset", offset, "id", ARGV[3])
redis.call("PEXPIRE", KEYS[3], ARGV[7])

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = { 1, epoch, offset, ARGV[3] }
local wishes = redis.call("HGETALL", KEYS[4])
for at = 1, #wishes, 2 do
  local over = redis.call("ZSCORE", KEYS[5], wishes[at])
  if over and tonumber(over) > now then
    result[#result + 1] = wishes[at]
    result[#result + 1] = wishes[at + 1]
  else
    -- Its node registers anew should it come back.
    redis.call("HDEL", KEYS[4], wishes[at])
  end
end
return result
