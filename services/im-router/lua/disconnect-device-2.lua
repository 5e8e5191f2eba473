--[[
  Forgets a connection, unless the device has a newer one.

  KEYS[1]  the connections of the user: device to "epoch since life"
  KEYS[2]  what is connected to that life of the node: "user device" to epoch
  ARGV[1]  user
  ARGV[2]  device
  ARGV[3]  epoch

  Output: 1 when it was there
]]
local field = ARGV[1] .. " " .. ARGV[2]
if redis.call("HGET", KEYS[2], field) == ARGV[3] then
  redis.call("HDEL", KEYS[2], field)
end
local row = redis.call("HGET", KEYS[1], ARGV[2])
if row and string.match(row, "^(%d+) ") == ARGV[3] then
  return redis.call("HDEL", KEYS[1], ARGV[2])
end
return 0
