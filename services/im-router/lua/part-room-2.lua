--[[
  A node wants a room no more, or does not have it after all.

  KEYS[1]  who wants the room: life to generation
  KEYS[2]  the rooms that this life of the node wants
  ARGV[1]  life
  ARGV[2]  room
  ARGV[3]  generation of the wish that ends; empty: whatever it is

  Output: 1 when it ended
]]
if ARGV[3] ~= "" and redis.call("HGET", KEYS[1], ARGV[1]) ~= ARGV[3] then
  return 0
end
redis.call("SREM", KEYS[2], ARGV[2])
return redis.call("HDEL", KEYS[1], ARGV[1])
