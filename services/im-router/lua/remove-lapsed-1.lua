--[[
  Forgets a life that is over, unless it has come back meanwhile.

  KEYS[1]  the lives of nodes by the time, in ms, when they count as over
  ARGV[1]  life

  Output: 1 when forgotten
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = redis.call("ZSCORE", KEYS[1], ARGV[1])
if not over or tonumber(over) > now then
  return 0
end
return redis.call("ZREM", KEYS[1], ARGV[1])
