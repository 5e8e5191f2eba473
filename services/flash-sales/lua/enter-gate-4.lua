--[[
  Lets a request in, or says why not.

  KEYS[1]  the gate: epoch, left, starts, ends (ms), refusals
  KEYS[2]  units by user
  KEYS[3]  requests: intent -> fingerprint and outcome
  KEYS[4]  requests under way by the time, in ms, when they were let in
  ARGV[1]  user
  ARGV[2]  intent
  ARGV[3]  fingerprint of the request, 16 characters
  ARGV[4]  quantity
  ARGV[5]  units that a user may have
  ARGV[6]  how many refusals are remembered

  Output: outcome, epoch, 1 when the user was let in before
]]
local gate = redis.call("HMGET", KEYS[1], "epoch", "left", "starts", "ends", "refusals")
if not gate[1] then
  return {"closed", 0, 0}
end
local epoch = tonumber(gate[1])
local units = redis.call("HGET", KEYS[2], ARGV[1])
local known = units and 1 or 0

local before = redis.call("HGET", KEYS[3], ARGV[2])
if before then
  if string.sub(before, 1, 16) ~= ARGV[3] then
    return {"conflict", epoch, known}
  end
  local outcome = string.sub(before, 17)
  return {outcome == "passed" and "repeated" or outcome, epoch, known}
end

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local quantity = tonumber(ARGV[4])
local outcome = "passed"
if now < tonumber(gate[3]) or now >= tonumber(gate[4]) then
  outcome = "not-open"
elseif tonumber(units or "0") + quantity > tonumber(ARGV[5]) then
  outcome = "limit-reached"
elseif quantity > tonumber(gate[2]) then
  outcome = "sold-out"
end

if outcome == "passed" then
  redis.call("HINCRBY", KEYS[1], "left", -quantity)
  redis.call("HINCRBY", KEYS[2], ARGV[1], quantity)
  redis.call("ZADD", KEYS[4], now, quantity .. " " .. ARGV[2])
elseif tonumber(gate[5] or "0") >= tonumber(ARGV[6]) then
  return {outcome, epoch, known}
else
  redis.call("HINCRBY", KEYS[1], "refusals", 1)
end
redis.call("HSET", KEYS[3], ARGV[2], ARGV[3] .. outcome)
return {outcome, epoch, known}
