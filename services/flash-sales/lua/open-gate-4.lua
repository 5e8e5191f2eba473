--[[
  Builds a gate unless there is one of this epoch or a later one. The units of users were written
  before; a gate that is missing is closed meanwhile.

  KEYS[1]  the gate: epoch, left, starts, ends (ms), refusals
  KEYS[2]  units by user
  KEYS[3]  requests: intent -> fingerprint and outcome
  KEYS[4]  requests under way by the time, in ms, when they were let in
  ARGV[1]  epoch
  ARGV[2]  units that are left
  ARGV[3]  when the sale starts, in ms since 1970
  ARGV[4]  when it ends, in ms since 1970
  ARGV[5]  when all of it may be forgotten, in ms since 1970

  Output: 1 when it was built, else 0
]]
local epoch = tonumber(redis.call("HGET", KEYS[1], "epoch") or "0")
if epoch >= tonumber(ARGV[1]) then
  return 0
end
redis.call("DEL", KEYS[1], KEYS[3], KEYS[4])
redis.call("HSET", KEYS[1], "epoch", ARGV[1], "left", ARGV[2], "starts", ARGV[3], "ends", ARGV[4])
redis.call("PEXPIREAT", KEYS[1], ARGV[5])
-- These need a first entry before they can have an end.
redis.call("HSETNX", KEYS[2], "", 0)
redis.call("PEXPIREAT", KEYS[2], ARGV[5])
redis.call("HSET", KEYS[3], "", "")
redis.call("PEXPIREAT", KEYS[3], ARGV[5])
redis.call("ZADD", KEYS[4], "+inf", "0 ")
redis.call("PEXPIREAT", KEYS[4], ARGV[5])
return 1
