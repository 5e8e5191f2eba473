--[[
  A device has all messages up to a sequence; counts for its own epoch only.

  KEYS[1]  the device: its epoch and last sequence, and the texts of what waits, by "m:" and id
  KEYS[2]  the ids of what waits, by sequence
  ARGV[1]  epoch
  ARGV[2]  sequence

  Output: how many were acked
]]
if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then
  return 0
end
local ids = redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", ARGV[2])
for _, id in ipairs(ids) do
  redis.call("HDEL", KEYS[1], "m:" .. id)
end
return redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", ARGV[2])
