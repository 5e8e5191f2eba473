--[[
  Sets what is left at a gate to what the database says, minus what is under way.

  KEYS[1]  the gate: epoch, left, starts, ends (ms), refusals
  KEYS[2]  requests under way by the time, in ms, when they were let in
  ARGV[1]  epoch
  ARGV[2]  units that are left in the database
  ARGV[3]  requests that were let in so many ms ago are lost

  Output: how many units had leaked
]]
local gate = redis.call("HMGET", KEYS[1], "epoch", "left")
if gate[1] ~= ARGV[1] then
  return 0
end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", now - ARGV[3])
local right = tonumber(ARGV[2])
local underWay = 0
for _, request in ipairs(redis.call("ZRANGE", KEYS[2], 0, -1)) do
  underWay = underWay + tonumber(string.match(request, "^%d+"))
end
right = math.max(0, right - underWay)
-- What is sold already and not settled yet would count twice: better too many than too few.
if right > tonumber(gate[2]) or underWay == 0 then
  redis.call("HSET", KEYS[1], "left", right)
end
return math.max(0, right - tonumber(gate[2]))
