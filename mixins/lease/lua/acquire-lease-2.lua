--[[
  Takes a lease that is free, or the caller's own, under a new and higher token.

  KEYS[1]  the lease: its holder, gone when the lease ends
  KEYS[2]  the last token that was given; never ends
  ARGV[1]  holder
  ARGV[2]  how long the lease lasts, in ms

  Output: { token, 0 } when taken, { "", ms until the holder must renew } when held by another
]]
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then
  return { "", redis.call("PTTL", KEYS[1]) }
end

-- The clock carries the tokens over a loss of KEYS[2]; a double holds microseconds exactly.
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call("GET", KEYS[2]) or "0")
local token = string.format("%.0f", math.max(last + 1, now))

redis.call("SET", KEYS[2], token)
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return { token, 0 }
