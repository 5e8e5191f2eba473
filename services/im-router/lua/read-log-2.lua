--[[
  The lines after a position when they are all there and not too many, else the last few.

  KEYS[1]  the log: its epoch, the run of the server that made the epoch, and the last offset
  KEYS[2]  the last lines of the log
  ARGV[1]  the epoch of a log that goes on after its server was started again
  ARGV[2]  run
  ARGV[3]  epoch of the position; empty: no position
  ARGV[4]  offset of the position
  ARGV[5]  lines answered at most
  ARGV[6]  lines answered to those who cannot go on from their position

  Output: {} when there is no log, else { epoch, offset, 1 when complete, line, line, … }
]]
local run = redis.call("HGET", KEYS[1], "run")
if not run then
  return {}
end
if run ~= ARGV[2] then
  redis.call("HSET", KEYS[1], "run", ARGV[2], "epoch", ARGV[1])
end
local epoch = redis.call("HGET", KEYS[1], "epoch")
local offset = tonumber(redis.call("HGET", KEYS[1], "offset"))
local kept = redis.call("LLEN", KEYS[2])

local count = math.min(kept, tonumber(ARGV[6]))
local complete = ARGV[3] == "" and 1 or 0
local missing = offset - tonumber(ARGV[4])
if ARGV[3] == epoch and missing >= 0 and missing <= math.min(kept, tonumber(ARGV[5])) then
  count = missing
  complete = 1
end

local result = { epoch, offset, complete }
if count > 0 then
  for _, line in ipairs(redis.call("LRANGE", KEYS[2], -count, -1)) do
    result[#result + 1] = line
  end
end
return result
