--[[
  Gives a message its place in what a device has to ack. The same message has one place.

  KEYS[1]  the device: its epoch and last sequence, and the texts of what waits, by "m:" and id
  KEYS[2]  the ids of what waits, by sequence
  ARGV[1]  id
  ARGV[2]  text
  ARGV[3]  messages that may wait at most; the oldest give way
  ARGV[4]  how long the device is remembered, in ms

  Output: { sequence, epoch of the device }
]]
local epoch = tonumber(redis.call("HGET", KEYS[1], "epoch") or "0")
local sequence = redis.call("ZSCORE", KEYS[2], ARGV[1])
if sequence then
  return { tonumber(sequence), epoch }
end
if not redis.call("HGET", KEYS[1], "sequence") then
  local time = redis.call("TIME")
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call("HSET", KEYS[1], "sequence", string.format("%.0f", now))
end
sequence = redis.call("HINCRBY", KEYS[1], "sequence", 1)
redis.call("ZADD", KEYS[2], string.format("%.0f", sequence), ARGV[1])
redis.call("HSET", KEYS[1], "m:" .. ARGV[1], ARGV[2])

local tooMany = redis.call("ZCARD", KEYS[2]) - tonumber(ARGV[3])
if tooMany > 0 then
  local popped = redis.call("ZPOPMIN", KEYS[2], tooMany)
  for at = 1, #popped, 2 do
    redis.call("HDEL", KEYS[1], "m:" .. popped[at])
  end
end
redis.call("PEXPIRE", KEYS[1], ARGV[4])
redis.call("PEXPIRE", KEYS[2], ARGV[4])
return { sequence, epoch }
