--[[
  A node's sign of life. All rows of that life of the node hang on it.

  KEYS[1]  the lives of nodes by the time, in ms, when they count as over
  ARGV[1]  life
  ARGV[2]  how long it lasts from now, in ms

  Output: 1, or 0 when it was over (or new): its rows may be gone and must be made again
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = redis.call("ZSCORE", KEYS[1], ARGV[1])
redis.call("ZADD", KEYS[1], now + ARGV[2], ARGV[1])
return (over and tonumber(over) > now) and 1 or 0
