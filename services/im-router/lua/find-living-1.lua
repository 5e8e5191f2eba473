--[[
  The lives that are not over.

  KEYS[1]  the lives of nodes by the time, in ms, when they count as over

  Output: lives
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call("ZRANGEBYSCORE", KEYS[1], "(" .. now, "+inf")
