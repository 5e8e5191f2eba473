--[[
  Says that likes of a session are saved, unless others came since.

  KEYS[1]  the likes of the session
  KEYS[2]  the set of sessions whose likes are not saved
  ARGV[1]  session
  ARGV[2]  the likes that are saved

  Output: 1 when the session is saved, else 0
]]
local total = tonumber(redis.call("GET", KEYS[1]) or "0")
if total > tonumber(ARGV[2]) then
  return 0
end
redis.call("SREM", KEYS[2], ARGV[1])
return 1
