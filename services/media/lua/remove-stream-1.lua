--[[
  Takes a stream out, if it is still of this generation.

  KEYS[1]  the stream
  ARGV[1]  generation

  Output: 1 taken out, 0 another generation or nothing is there
]]
if redis.call("HGET", KEYS[1], "generation") ~= ARGV[1] then
  return 0
end
return redis.call("DEL", KEYS[1])
