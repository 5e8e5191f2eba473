--[[
  Registers a device on a node under a new epoch; what the earlier epochs say counts no more.

  KEYS[1]  the connections of the user: device to "epoch since life"
  KEYS[2]  the device: its epoch and last sequence, kept while it is away
  KEYS[3]  what is connected to that life of the node: "user device" to epoch
  ARGV[1]  user
  ARGV[2]  device
  ARGV[3]  life
  ARGV[4]  how long the device is remembered, in ms

  Output: { epoch, last sequence }
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The clock carries both numbers over a loss of KEYS[2]: they never fall back.
local last = tonumber(redis.call("HGET", KEYS[2], "epoch") or "0")
local epoch = math.max(last + 1, now)
local text = string.format("%.0f", epoch)
redis.call("HSET", KEYS[2], "epoch", text)
redis.call("HSETNX", KEYS[2], "sequence", string.format("%.0f", now))
redis.call("PEXPIRE", KEYS[2], ARGV[4])

local row = text .. " " .. string.format("%.0f", now) .. " " .. ARGV[3]
redis.call("HSET", KEYS[1], ARGV[2], row)
redis.call("HSET", KEYS[3], ARGV[1] .. " " .. ARGV[2], text)
return { epoch, tonumber(redis.call("HGET", KEYS[2], "sequence")) }
