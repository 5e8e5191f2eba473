--[[
  Adds likes to those of a session and marks it as not saved.

  KEYS[1]  the likes of the session
  KEYS[2]  the set of sessions whose likes are not saved
  ARGV[1]  session
  ARGV[2]  likes to add; 0 only asks
  ARGV[3]  the likes that are saved: the least to count from
  ARGV[4]  how many likes a session has at most
  ARGV[5]  how long the count is kept after the last like, in ms

  Output: the likes of the session
]]
local known = math.max(tonumber(redis.call("GET", KEYS[1]) or "0"), tonumber(ARGV[3]))
local count = tonumber(ARGV[2])
if count == 0 then
  return known
end
local total = math.min(known + count, tonumber(ARGV[4]))
redis.call("SET", KEYS[1], string.format("%.0f", total), "PX", ARGV[5])
redis.call("SADD", KEYS[2], ARGV[1])
return total
