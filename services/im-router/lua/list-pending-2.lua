--[[
  What a device has not acked, the oldest first.

  KEYS[1]  the device: its epoch and last sequence, and the texts of what waits, by "m:" and id
  KEYS[2]  the ids of what waits, by sequence
  ARGV[1]  the epoch that asks; empty: any
  ARGV[2]  the last sequence asked for

  Output: { 1 when the epoch is the device's own, id, sequence, text, id, sequence, text, … }
]]
if ARGV[1] ~= "" and redis.call("HGET", KEYS[1], "epoch") ~= ARGV[1] then
  return { 0 }
end
local result = { 1 }
local waiting = redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", ARGV[2], "WITHSCORES")
for at = 1, #waiting, 2 do
  result[#result + 1] = waiting[at]
  result[#result + 1] = waiting[at + 1]
  result[#result + 1] = redis.call("HGET", KEYS[1], "m:" .. waiting[at]) or ""
end
return result
