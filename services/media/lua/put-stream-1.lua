--[[
  Says which node has a stream, unless a newer publish of the room is there.

  KEYS[1]  the stream: a hash of its generation and its entry, gone when the lease ends
  ARGV[1]  generation
  ARGV[2]  entry, JSON
  ARGV[3]  how long the lease lasts, in ms

  Output: 1 said, 0 a higher generation is there
]]
local known = tonumber(redis.call("HGET", KEYS[1], "generation") or "0")
if known > tonumber(ARGV[1]) then
  return 0
end
redis.call("HSET", KEYS[1], "generation", ARGV[1], "entry", ARGV[2])
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return 1
