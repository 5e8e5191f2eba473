--[[
  The connections of a user on nodes that are alive. Those on nodes that are not are forgotten.

  KEYS[1]  the connections of the user: device to "epoch since life"
  KEYS[2]  the lives of nodes by the time, in ms, when they count as over

  Output: device, row, device, row, …
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rows = redis.call("HGETALL", KEYS[1])
local found = {}
for at = 1, #rows, 2 do
  local life = string.match(rows[at + 1], "^%d+ %d+ (.*)$")
  local over = redis.call("ZSCORE", KEYS[2], life)
  if over and tonumber(over) > now then
    found[#found + 1] = rows[at]
    found[#found + 1] = rows[at + 1]
  else
    redis.call("HDEL", KEYS[1], rows[at])
  end
end
return found
