--[[
  Extends a lease from now on, if the caller still holds it.

  KEYS[1]  the lease
  ARGV[1]  holder
  ARGV[2]  how long the lease lasts, in ms

  Output: 1 extended, 0 held by another or by nobody
]]
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
