--[[
  Says what became of requests that were let in; units that were not bought come back.

  KEYS[1]     the gate: epoch, left, starts, ends (ms), refusals
  KEYS[2]     units by user
  KEYS[3]     requests: intent -> fingerprint and outcome
  KEYS[4]     requests under way by the time, in ms, when they were let in
  ARGV[1]     epoch of the gate that let them in
  ARGV[2...]  user, intent, quantity and 1 or 0 for bought or not, in turn

  Output: how many were under way
]]
if redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then
  return 0
end
local count = 0
for index = 2, #ARGV, 4 do
  local user, intent, quantity = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  if redis.call("ZREM", KEYS[4], quantity .. " " .. intent) == 1 then
    count = count + 1
    if ARGV[index + 3] == "0" then
      redis.call("HINCRBY", KEYS[1], "left", quantity)
      if redis.call("HINCRBY", KEYS[2], user, -quantity) < 0 then
        redis.call("HSET", KEYS[2], user, 0)
      end
      redis.call("HDEL", KEYS[3], intent)
    end
  end
end
return count
