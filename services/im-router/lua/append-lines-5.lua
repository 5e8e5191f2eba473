--[[
  Numbers lines of a room, keeps them, and tells who wants them: all at once, so that numbers are
  dense and the same line is never counted twice.

  KEYS[1]  the log: its epoch, the run of the server that made the epoch, and the last offset
  KEYS[2]  the last lines of the log
  KEYS[3]  what stands before an origin in the key of the answer to that very line
  KEYS[4]  who wants the room: life to generation
  KEYS[5]  the lives of nodes by the time, in ms, when they count as over
  ARGV[1]  the epoch of a log that begins here
  ARGV[2]  run
  ARGV[3]  lines kept at most
  ARGV[4]  how long a silent log is kept, in ms
  ARGV[5]  how long a line that comes again is known, in ms
  ARGV[6]  and on, for each line: origin, id, text (empty: it has no number and is not kept)

  Output: { { life, generation, life, generation, … },
            for each line: 1 when new, epoch, offset (0: none), id }
]]
if redis.call("HGET", KEYS[1], "run") ~= ARGV[2] then
  -- See join-room-3.lua.
  redis.call("HSET", KEYS[1], "run", ARGV[2], "epoch", ARGV[1])
  redis.call("HSETNX", KEYS[1], "offset", 0)
end
local epoch = redis.call("HGET", KEYS[1], "epoch")

local result = { {} }
local function answer(isNew, of, offset, id)
  local last = #result
  result[last + 1], result[last + 2], result[last + 3], result[last + 4] = isNew, of, offset, id
end

local isAnyNew, isAnyKept = false, false
for at = 6, #ARGV, 3 do
  local said = KEYS[3] .. ARGV[at]
  local before = redis.call("HMGET", said, "epoch", "offset", "id")
  if before[3] then
    answer(0, before[1], tonumber(before[2]), before[3])
  else
    local offset = 0
    if ARGV[at + 2] ~= "" then
      offset = redis.call("HINCRBY", KEYS[1], "offset", 1)
      redis.call("RPUSH", KEYS[2], ARGV[at + 2])
      isAnyKept = true
    end
    redis.call("HSET", said, "epoch", epoch, "offset", offset, "id", ARGV[at + 1])
    redis.call("PEXPIRE", said, ARGV[5])
    isAnyNew = true
    answer(1, epoch, offset, ARGV[at + 1])
  end
end
if isAnyKept then
  redis.call("LTRIM", KEYS[2], -ARGV[3], -1)
  redis.call("PEXPIRE", KEYS[2], ARGV[4])
end
if not isAnyNew then
  return result
end
redis.call("PEXPIRE", KEYS[1], ARGV[4])

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = result[1]
local wishes = redis.call("HGETALL", KEYS[4])
for at = 1, #wishes, 2 do
  local over = redis.call("ZSCORE", KEYS[5], wishes[at])
  if over and tonumber(over) > now then
    found[#found + 1] = wishes[at]
    found[#found + 1] = wishes[at + 1]
  else
    -- Its node registers anew should it come back.
    redis.call("HDEL", KEYS[4], wishes[at])
  end
end
return result
