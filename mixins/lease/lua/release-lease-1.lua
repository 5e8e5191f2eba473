--[[
  Frees a lease, if the caller still holds it.

  KEYS[1]  the lease
  ARGV[1]  holder

  Output: 1 freed, 0 held by another or by nobody
]]
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call("DEL", KEYS[1])
