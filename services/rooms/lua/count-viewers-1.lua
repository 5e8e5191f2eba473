--[[
  Counts the viewers of a room.

  KEYS[1]  the viewers of a room by the time, in ms, when they count as gone

  Output: the number of viewers
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call("ZCOUNT", KEYS[1], "(" .. now, "+inf")
