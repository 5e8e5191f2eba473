--[[
  The connections of users on nodes that are alive. Those on nodes that are not are forgotten.

  KEYS[1]  what stands before a user in the key of their connections: device to "epoch since life"
  KEYS[2]  the lives of nodes by the time, in ms, when they count as over
  ARGV     users

  Output: for each user { device, row, device, row, … }
]]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
for each, user in ipairs(ARGV) do
  local rows = redis.call("HGETALL", KEYS[1] .. user)
  local found = {}
  for at = 1, #rows, 2 do
    local life = string.match(rows[at + 1], "^%d+ %d+ (.*)$")
    local over = redis.call("ZSCORE", KEYS[2], life)
    if over and tonumber(over) > now then
      found[#found + 1] = rows[at]
      found[#found + 1] = rows[at + 1]
    else
      redis.call("HDEL", KEYS[1] .. user, rows[at])
    end
  end
  result[each] = found
end
return result
