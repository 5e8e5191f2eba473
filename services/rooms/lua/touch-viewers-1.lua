--[[
  Says that viewers watch, and counts those who do.

  KEYS[1]     the viewers of a room by the time, in ms, when they count as gone
  ARGV[1]     how long a viewer counts after the last beat, in ms
  ARGV[2]     how many viewers a room counts at most
  ARGV[3...]  viewers, at most 1,000

  Output: the number of viewers
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now)

local room = tonumber(ARGV[2]) - redis.call("ZCARD", KEYS[1])
local isTight = #ARGV - 2 > room
local pairs = {}
for index = 3, #ARGV do
  local isIn = true
  if isTight and not redis.call("ZSCORE", KEYS[1], ARGV[index]) then
    isIn = room > 0
    room = room - 1
  end
  if isIn then
    pairs[#pairs + 1] = now + ARGV[1]
    pairs[#pairs + 1] = ARGV[index]
  end
end
if #pairs > 0 then
  redis.call("ZADD", KEYS[1], unpack(pairs))
  redis.call("PEXPIRE", KEYS[1], ARGV[1])
end
return redis.call("ZCARD", KEYS[1])
